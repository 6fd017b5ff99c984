using AlignService.Server.Hosting;

namespace AlignService.Server.Workers;

/// <summary>The devices that workers may use on this machine, found without loading libtorch: CUDA devices where the build has CUDA, else the CPU.</summary>
internal static class DeviceList
{
    private const string CudaLibrary = "libtorch_cuda.so";
    private const string DevicePrefix = "/dev/nvidia";

    /// <summary>One entry per worker. On a CPU, any number of workers is accepted.</summary>
    /// <exception cref="ServerStartException">More workers are requested than there are CUDA devices.</exception>
    public static IReadOnlyList<string> For(int? workerCount) => For(workerCount, CountCudaDevices());

    internal static IReadOnlyList<string> For(int? workerCount, int cudaCount)
    {
        if (workerCount < 0)
        {
            throw new ServerStartException($"The number of workers is {workerCount}; it must be 0 or more.");
        }

        if (cudaCount == 0)
        {
            return [.. Enumerable.Repeat("cpu", workerCount ?? 1)];
        }

        return workerCount is null || workerCount <= cudaCount
            ? [.. Enumerable.Range(0, workerCount ?? cudaCount).Select(index => $"cuda:{index}")]
            : throw new ServerStartException(
                $"{workerCount} workers are requested, but there are {cudaCount} CUDA devices and each runs one job; use at most {cudaCount}.");
    }

    private static int CountCudaDevices()
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, CudaLibrary)))
        {
            return 0;
        }

        if (Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } visible)
        {
            return visible.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeWhile(one => one != "-1").Count();
        }

        // /dev/nvidia0, /dev/nvidia1, ...; nvidiactl and nvidia-uvm are no devices.
        return Directory.EnumerateFiles("/dev", "nvidia*").Count(file => int.TryParse(file.AsSpan(DevicePrefix.Length), out _));
    }
}
