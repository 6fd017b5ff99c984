using System.Runtime.InteropServices;

namespace AlignService.Model.Native;

/// <summary>The C exports of libtorch and the C library that TorchSharp does not wrap. A stack slot is 64 bits: a handle, an integer, a double's bits.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Torch = "torch_cpu";

    [LibraryImport(Torch, EntryPoint = "aoti_torch_call_dispatcher")]
    internal static partial int CallDispatcher(byte* operatorName, byte* overloadName, ulong* stack);

    /// <summary>A second owner of the same tensor; the dispatcher consumes one owner per argument.</summary>
    [LibraryImport(Torch, EntryPoint = "aoti_torch_new_tensor_handle")]
    internal static partial int NewTensorHandle(nint tensor, out nint handle);

    [LibraryImport(Torch, EntryPoint = "aoti_torch_create_tensor_from_blob")]
    internal static partial int TensorFromBlob(
        nint data, long dimensionCount, long* sizes, long* strides, long offset, int dtype, int deviceType, int deviceIndex, out nint handle);

    [LibraryImport(Torch, EntryPoint = "aoti_torch_get_data_ptr")]
    internal static partial int DataPointer(nint tensor, out nint pointer);

    [LibraryImport(Torch, EntryPoint = "torch_new_list_reserve_size")]
    internal static partial int NewList(nuint capacity, out nint list);

    [LibraryImport(Torch, EntryPoint = "torch_list_push_back")]
    internal static partial int PushBack(nint list, ulong element);

    /// <summary>C++ `operator new`: what the dispatcher expects behind an optional argument, because it frees it with `delete`.</summary>
    [LibraryImport("libstdc++.so.6", EntryPoint = "_Znwm")]
    internal static partial nint OperatorNew(nuint size);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    internal static partial int SetAllocatorOption(int option, int value);

    /// <summary>Sets an environment variable for native code; .NET's own setter changes only what .NET sees.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>sigaltstack: registers the thread's signal stack and returns the previous one; either may be null.</summary>
    [LibraryImport("libc", EntryPoint = "sigaltstack", SetLastError = true)]
    internal static partial int SetSignalStack(SignalStackRegion* region, SignalStackRegion* before);

    /// <summary>mmap; -1 on failure.</summary>
    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    internal static partial int Unmap(nint address, nuint length);
}
