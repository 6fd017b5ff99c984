using System.Text;
using static TorchSharp.torch;

namespace AlignService.Model.Native;

/// <summary>
/// Calls any ATen operator by name through libtorch's C interface, with autograd. TorchSharp wraps most operators but not these, or not all of their arguments.
/// </summary>
internal static unsafe class NativeDispatcher
{
    private const int LargestStack = 32;

    /// <summary>Calls an operator that returns one tensor. The names are NUL-terminated UTF-8 (`"aten::mul\0"u8`).</summary>
    internal static Tensor Call(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, params ReadOnlySpan<OperatorArgument> arguments)
    {
        ulong* stack = stackalloc ulong[LargestStack];
        Run(name, overload, arguments, stack);
        return Tensor.UnsafeCreateTensor((nint)stack[0]);
    }

    /// <summary>Calls an operator that returns nothing.</summary>
    internal static void Invoke(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, params ReadOnlySpan<OperatorArgument> arguments)
    {
        ulong* stack = stackalloc ulong[LargestStack];
        Run(name, overload, arguments, stack);
    }

    internal static void Check(int returnCode, string function)
    {
        if (returnCode != 0)
        {
            throw new NativeException($"libtorch's {function} failed with code {returnCode}; see standard error for its reason.");
        }
    }

    private static void Run(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload, ReadOnlySpan<OperatorArgument> arguments, ulong* stack)
    {
        SignalStack.Enlarge();
        for (int i = 0; i < arguments.Length; i++)
        {
            stack[i] = arguments[i].ToSlot();
        }

        int returnCode;
        fixed (byte* namePointer = name, overloadPointer = overload)
        {
            returnCode = NativeMethods.CallDispatcher(namePointer, overloadPointer, stack);
        }

        if (returnCode != 0)
        {
            Check(returnCode, $"{Encoding.UTF8.GetString(name[..^1])} of {arguments.Length} arguments");
        }
    }
}
