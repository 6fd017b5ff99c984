using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Safetensors;

/// <summary>Reads and writes the tensors of a safetensors file as libtorch tensors.</summary>
internal static unsafe class StoredTensors
{
    private const long ElementsPerBlock = 1 << 20;

    /// <summary>Fills a tensor of any float dtype, contiguous and of the stored shape, with the stored values.</summary>
    internal static void ReadInto(this SafetensorsFile file, StoredTensor stored, Tensor target)
    {
        Heartbeat.Beat();
        using Tensor mapped = View(file, stored);
        target.copy_(mapped);
    }

    /// <summary>Writes a tensor's values in the given format.</summary>
    internal static void Write(Tensor tensor, StoredDtype dtype, Stream stream)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor flat = tensor.detach().contiguous().view(-1);
        ScalarType type = ToScalarType(dtype);
        for (long start = 0; start < flat.size(0); start += ElementsPerBlock)
        {
            Heartbeat.Beat();
            using var blockScope = NewDisposeScope();
            Tensor block = flat.narrow(0, start, Math.Min(ElementsPerBlock, flat.size(0) - start)).to(type, CPU).contiguous();
            stream.Write(NativeMemoryOf(block, block.numel() * StoredDtypes.ByteCount(dtype)));
        }
    }

    /// <summary>Whether no value is NaN or infinite. Two passes without a copy; the largest and the smallest value are NaN if any value is.</summary>
    internal static bool IsFinite(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.numel() == 0 || (double.IsFinite(values.max().ToDouble()) && double.IsFinite(values.min().ToDouble()));
    }

    internal static ScalarType ToScalarType(StoredDtype dtype) => dtype switch
    {
        StoredDtype.Float32 => ScalarType.Float32,
        StoredDtype.BFloat16 => ScalarType.BFloat16,
        StoredDtype.Float16 => ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Weights must be stored as float32, bfloat16 or float16."),
    };

    /// <summary>A tensor over the mapped bytes; it must not be written to, nor outlive the file.</summary>
    private static Tensor View(SafetensorsFile file, StoredTensor stored)
    {
        int rank = stored.Shape.Count;
        long* sizes = stackalloc long[rank], strides = stackalloc long[rank];
        long stride = 1;
        for (int i = rank - 1; i >= 0; i--)
        {
            (sizes[i], strides[i]) = (stored.Shape[i], stride);
            stride *= Math.Max(1, stored.Shape[i]);
        }

        int dtype = (int)ToScalarType(stored.Dtype);
        NativeDispatcher.Check(NativeMethods.TensorFromBlob(file.Address(stored), rank, sizes, strides, 0, dtype, deviceType: 0, deviceIndex: 0, out nint handle), "aoti_torch_create_tensor_from_blob");
        return Tensor.UnsafeCreateTensor(handle);
    }

    private static ReadOnlySpan<byte> NativeMemoryOf(Tensor contiguous, long byteCount)
    {
        NativeDispatcher.Check(NativeMethods.DataPointer(contiguous.Handle, out nint pointer), "aoti_torch_get_data_ptr");
        return new ReadOnlySpan<byte>((void*)pointer, checked((int)byteCount));
    }
}
