namespace AlignService.Model.Native;

/// <summary>libtorch refused an operation. Its own reason is written by libtorch to standard error; the caller passed something wrong.</summary>
public sealed class NativeException(string message) : Exception(message);
