using TorchSharp;

namespace AlignService.Model.Native;

/// <summary>
/// Prepares libtorch, once, before the first tensor. Whoever starts the process also sets OMP_WAIT_POLICY=PASSIVE in its environment:
/// libgomp reads it when it is loaded, and with its spinning default two processes on one machine slow each other down thirtyfold.
/// </summary>
public static class TorchRuntime
{
    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD
    private const int TopPad = -2; // M_TOP_PAD
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD
    private const int ArenaMax = -8; // M_ARENA_MAX
    private const int Mebibyte = 1 << 20;

    public static void Initialize(TorchRuntimeOptions options)
    {
        if (options.KeepFreedMemory && OperatingSystem.IsLinux())
        {
            // One arena: the others, one a thread, cannot hold blocks beyond 64 MiB and would map and unmap each of them.
            _ = NativeMethods.SetAllocatorOption(ArenaMax, 1);
            _ = NativeMethods.SetAllocatorOption(MmapThreshold, 1024 * Mebibyte);
            _ = NativeMethods.SetAllocatorOption(TrimThreshold, 2047 * Mebibyte);
            _ = NativeMethods.SetAllocatorOption(TopPad, 64 * Mebibyte);
        }

        torch.InitializeDeviceType(DeviceType.CPU);
        if (options.ThreadCount is { } count)
        {
            torch.set_num_threads(count);
        }
    }
}
