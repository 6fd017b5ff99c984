using static TorchSharp.torch;

namespace AlignService.Model.Native;

/// <summary>One argument of an ATen operator, of a kind that the dispatcher's stack supports.</summary>
internal readonly struct OperatorArgument
{
    private readonly object? _reference;
    private readonly ulong _bits;
    private readonly Kind _kind;

    private OperatorArgument(Kind kind, object? reference, ulong bits) => (_kind, _reference, _bits) = (kind, reference, bits);

    private enum Kind
    {
        Value,
        Tensor,
        OptionalTensor,
        OptionalValue,
        TensorList,
        IntegerList,
    }

    /// <summary>An absent optional argument of any type.</summary>
    internal static OperatorArgument None => new(Kind.Value, null, 0);

    public static implicit operator OperatorArgument(Tensor tensor) => new(Kind.Tensor, tensor, 0);

    public static implicit operator OperatorArgument(long value) => new(Kind.Value, null, (ulong)value);

    public static implicit operator OperatorArgument(bool value) => new(Kind.Value, null, value ? 1UL : 0UL);

    public static implicit operator OperatorArgument(double value) => new(Kind.Value, null, BitConverter.DoubleToUInt64Bits(value));

    public static implicit operator OperatorArgument(ScalarType dtype) => new(Kind.Value, null, (ulong)(int)dtype);

    public static implicit operator OperatorArgument(long[] values) => new(Kind.IntegerList, values, 0);

    internal static OperatorArgument Optional(Tensor? tensor) => tensor is null ? None : new(Kind.OptionalTensor, tensor, 0);

    internal static OperatorArgument Optional(double? value) => value is { } real ? new(Kind.OptionalValue, null, BitConverter.DoubleToUInt64Bits(real)) : None;

    internal static OperatorArgument List(IReadOnlyList<Tensor> tensors) => new(Kind.TensorList, tensors, 0);

    /// <summary>The stack slot; the dispatcher then owns what it points to.</summary>
    internal ulong ToSlot() => _kind switch
    {
        // Whoever makes an argument of these kinds gives the reference.
        Kind.Tensor => NewHandle((Tensor)_reference!),
        Kind.OptionalTensor => Box(NewHandle((Tensor)_reference!)),
        Kind.OptionalValue => Box(_bits),
        Kind.TensorList => ListOf((IReadOnlyList<Tensor>)_reference!, NewHandle),
        Kind.IntegerList => ListOf((IReadOnlyList<long>)_reference!, value => (ulong)value),
        _ => _bits,
    };

    private static ulong NewHandle(Tensor tensor)
    {
        NativeDispatcher.Check(NativeMethods.NewTensorHandle(tensor.Handle, out nint handle), "aoti_torch_new_tensor_handle");
        return (ulong)handle;
    }

    private static unsafe ulong Box(ulong value)
    {
        var box = (ulong*)NativeMethods.OperatorNew(sizeof(ulong));
        *box = value;
        return (ulong)box;
    }

    private static ulong ListOf<T>(IReadOnlyList<T> items, Func<T, ulong> toSlot)
    {
        NativeDispatcher.Check(NativeMethods.NewList((nuint)items.Count, out nint list), "torch_new_list_reserve_size");
        foreach (T item in items)
        {
            NativeDispatcher.Check(NativeMethods.PushBack(list, toSlot(item)), "torch_list_push_back");
        }

        return (ulong)list;
    }
}
