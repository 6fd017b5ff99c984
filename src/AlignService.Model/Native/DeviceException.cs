namespace AlignService.Model.Native;

/// <summary>The device that a worker was given is not there, or does not work.</summary>
public sealed class DeviceException : AlignException
{
    public DeviceException(string message)
        : base(message)
    {
    }

    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public override string Reason => "device_unusable";

    public override string Remedy => "Mend or replace the worker's device or build, and submit the job again: what it asks for is not at fault.";
}

/// <summary>libtorch refused an operation. Its own reason is written by libtorch to standard error; the caller passed something wrong.</summary>
public sealed class NativeException(string message) : Exception(message);
