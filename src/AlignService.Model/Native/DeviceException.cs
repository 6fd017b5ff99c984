namespace AlignService.Model.Native;

/// <summary>The device that a worker was given does not exist or does not work.</summary>
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

    public override string Remedy => "Fix or replace the worker's device or build, and submit the job again; the job itself is valid.";
}

/// <summary>libtorch rejected an operation. libtorch writes its reason to standard error; the caller passed an invalid argument.</summary>
public sealed class NativeException(string message) : Exception(message);
