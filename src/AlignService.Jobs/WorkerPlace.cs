using System.Globalization;

namespace AlignService.Jobs;

/// <summary>Where a worker runs.</summary>
/// <param name="Device">cpu, or cuda:N by the host's count.</param>
/// <param name="Host">Name of its machine or container.</param>
public sealed record WorkerPlace(string Device, string Host)
{
    /// <param name="device">cpu, cuda or cuda:N, as this process counts its devices.</param>
    public static WorkerPlace OnThisHost(string device) =>
        new(CudaVisibility.OnHost(device, Environment.GetEnvironmentVariable(CudaVisibility.Variable)), Environment.MachineName);
}

/// <summary>CUDA devices by their numbers: a process counts from 0 those that CUDA_VISIBLE_DEVICES names, in that order, by the host's numbers or by their own names.</summary>
internal static class CudaVisibility
{
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    private const string Cuda = "cuda";
    private const string Prefix = $"{Cuda}:";

    /// <summary>What a process must see to have one of our devices as its only one; null where that is none of CUDA.</summary>
    /// <param name="device">cpu, or cuda:N by our count.</param>
    /// <param name="visible">Our own CUDA_VISIBLE_DEVICES.</param>
    public static string? Only(string device, string? visible) =>
        device.StartsWith(Prefix, StringComparison.Ordinal) ? Name(device[Prefix.Length..], visible) : null;

    /// <summary>A device by the host's count.</summary>
    /// <param name="device">cpu, cuda (the first) or cuda:N by our count.</param>
    /// <param name="visible">Our own CUDA_VISIBLE_DEVICES.</param>
    public static string OnHost(string device, string? visible) => Only(device == Cuda ? $"{Prefix}0" : device, visible) is { } name ? Prefix + name : device;

    private static string Name(string number, string? visible)
    {
        string[] names = (visible ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < names.Length ? names[index] : number;
    }
}
