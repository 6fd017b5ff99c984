using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Native;
using static TorchSharp.torch;

namespace AlignService.Model.Safetensors;

/// <summary>What a safetensors file stores, as libtorch's tensors.</summary>
internal static unsafe class StoredTensors
{
    /// <summary>Fills a tensor of any float dtype, contiguous and of the stored shape, with the stored values.</summary>
    internal static void ReadInto(this SafetensorsFile file, StoredTensor stored, Tensor target)
    {
        using Tensor mapped = View(file, stored);
        target.copy_(mapped);
    }

    internal static ScalarType ToScalarType(StoredDtype dtype) => dtype switch
    {
        StoredDtype.Float32 => ScalarType.Float32,
        StoredDtype.BFloat16 => ScalarType.BFloat16,
        StoredDtype.Float16 => ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Weights are stored as float32, bfloat16 or float16."),
    };

    /// <summary>A tensor over the mapped bytes themselves; never to be written to, nor to outlive the file.</summary>
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
}
