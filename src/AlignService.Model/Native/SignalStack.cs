using System.Runtime.InteropServices;

namespace AlignService.Model.Native;

/// <summary>
/// The stack on which this thread handles hardware exceptions, and with them every NullReferenceException: large enough for a CPU with AMX. There the kernel also saves 8 KB of tile
/// registers of a thread that has multiplied in bfloat16; that overflows the 16 KB which .NET gives a thread, and the process dies without a message (decision 28).
/// </summary>
internal sealed unsafe class SignalStack
{
    internal const int Size = 256 * 1024;

    private const int NoProtection = 0; // PROT_NONE
    private const int ReadWrite = 3; // PROT_READ | PROT_WRITE
    private const int NewMemory = 0x20022; // MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK

    [ThreadStatic]
    private static SignalStack? _ofThread;

    private readonly nint _lowest;

    private SignalStack(nint lowest) => _lowest = lowest;

    /// <summary>Runs after the thread and its static fields are gone. When a thread ends, .NET unregisters whichever stack it finds, but frees only its own.</summary>
    ~SignalStack()
    {
        if (_lowest != 0)
        {
            _ = NativeMethods.Unmap(_lowest, Size);
        }
    }

    /// <summary>The current sigaltstack of this thread.</summary>
    internal static SignalStackRegion Current
    {
        get
        {
            SignalStackRegion region;
            return NativeMethods.SetSignalStack(null, &region) == 0 ? region : throw Failure("sigaltstack");
        }
    }

    /// <summary>
    /// Gives this thread a large stack for signals, unless it has one. Must be called before the thread's first matrix product: whatever prepares libtorch calls it, and so does every
    /// pass of a model and every operator of the dispatcher, so no thread is missed, not even a pool thread. From the second call on it only reads a static field.
    /// </summary>
    internal static void Enlarge() => _ofThread ??= OperatingSystem.IsLinux() && Current.Size < Size ? Create() : new SignalStack(lowest: 0);

    private static SignalStack Create()
    {
        nint lowest = NativeMethods.Map(0, Size, ReadWrite, NewMemory, file: -1, offset: 0);
        if (lowest == -1)
        {
            throw Failure("mmap");
        }

        // Owned from here on: if a call below fails, the finalizer gives the memory back.
        var stack = new SignalStack(lowest);

        // The lowest page is a guard, as in .NET's own stacks: an overflow meets it instead of somebody's data.
        if (NativeMethods.Protect(lowest, (nuint)Environment.SystemPageSize, NoProtection) != 0)
        {
            throw Failure("mprotect");
        }

        SignalStackRegion region = new() { Lowest = lowest, Size = Size };
        return NativeMethods.SetSignalStack(&region, null) == 0 ? stack : throw Failure("sigaltstack");
    }

    private static NativeException Failure(string function) =>
        new($"{function} failed to set a signal stack of {Size} bytes for this thread: {Marshal.GetLastPInvokeErrorMessage()}. If address space is short, raise its limit (ulimit -v).");
}

/// <summary>The C library's stack_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalStackRegion
{
    internal nint Lowest;
    internal int Flags;
    internal nuint Size;
}
