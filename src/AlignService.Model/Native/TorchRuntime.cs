using TorchSharp;

namespace AlignService.Model.Native;

/// <summary>
/// Prepares libtorch; call once, before the first tensor. Sets OMP_WAIT_POLICY=PASSIVE unless the environment sets it: libgomp reads it when loaded,
/// and its default, busy-waiting, makes processes that share cores slow each other down thirtyfold.
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
        SignalStack.Enlarge();
        if (OperatingSystem.IsLinux())
        {
            _ = NativeMethods.SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        }

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
