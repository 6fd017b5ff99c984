using System.Runtime.InteropServices;

namespace AlignService.Testing;

/// <summary>
/// A second device on a machine without one: libtorch's lazy device records operations and runs them on the CPU when a value is read. Its tensors hold values, but an operation that mixes
/// a CPU tensor in fails there as on a GPU (decision 26). Where TorchSharp does not catch the failure (matmul), the process ends, as it would on a GPU.
/// </summary>
public static partial class LazyBackend
{
    /// <summary>libtorch's number for the type of the device, which TorchSharp has no name for.</summary>
    public const int DeviceType = 17;

    private const string Library = "torch_cpu";

    private static readonly Lock Once = new();
    private static bool _started;

    /// <summary>To be called before the device is used, after libtorch was loaded.</summary>
    public static void Start()
    {
        lock (Once)
        {
            if (!_started)
            {
                // The device would otherwise try in-place operations on tensors without values first, for which many of them are not made.
                _ = SetEnvironment("TORCH_DISABLE_FUNCTIONALIZATION_META_REFERENCE", "1", overwrite: 1);
                InitializeTorchScriptBackend();
                _started = true;
            }
        }
    }

    /// <summary>Runs what is recorded for all tensors that are alive; otherwise each reading of a value runs all that led to it once more.</summary>
    public static void Run()
    {
        Start();
        SyncLiveTensors(Executor(), device: 0, devices: 0, deviceCount: 0, wait: 1);
    }

    /// <summary>torch::lazy::LazyGraphExecutor::Get().</summary>
    [LibraryImport(Library, EntryPoint = "_ZN5torch4lazy17LazyGraphExecutor3GetEv")]
    private static partial nint Executor();

    /// <summary>torch::lazy::LazyGraphExecutor::SyncLiveTensorsGraph(device, devices, wait); device 0 is every device, the list is empty.</summary>
    [LibraryImport(Library, EntryPoint = "_ZN5torch4lazy17LazyGraphExecutor20SyncLiveTensorsGraphEPKNS0_13BackendDeviceEN3c108ArrayRefINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEEb")]
    private static partial void SyncLiveTensors(nint executor, nint device, nint devices, nuint deviceCount, byte wait);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>torch::lazy::InitTorchScriptBackend(), which has a C++ name only.</summary>
    [LibraryImport(Library, EntryPoint = "_ZN5torch4lazy22InitTorchScriptBackendEv")]
    private static partial void InitializeTorchScriptBackend();
}
