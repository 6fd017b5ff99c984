using static TorchSharp.torch;

namespace AlignService.Model.Native;

/// <summary>The ATen operators that this project needs beyond what TorchSharp wraps.</summary>
internal static class NativeOperators
{
    /// <summary>softmax(scale q k' + mask) v, with fewer key/value heads than query heads allowed (each serves a run of adjacent query heads).</summary>
    /// <param name="query">[B, H, Tq, D].</param>
    /// <param name="key">[B, Hkv, Tk, D]; H is a multiple of Hkv.</param>
    /// <param name="value">[B, Hkv, Tk, D].</param>
    /// <param name="mask">Boolean (true = visible) or additive, broadcast to [B, H, Tq, Tk]; not together with <paramref name="causal"/>.</param>
    /// <param name="causal">Query i sees keys 0 .. i.</param>
    /// <param name="scale">null: 1 / sqrt(D).</param>
    internal static Tensor ScaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal, double? scale) =>
        NativeDispatcher.Call(
            "aten::scaled_dot_product_attention\0"u8,
            "\0"u8,
            query,
            key,
            value,
            OperatorArgument.Optional(mask),
            0.0,
            causal,
            OperatorArgument.Optional(scale),
            query.size(1) != key.size(1));

    /// <summary>The same bytes read as another type of the same width.</summary>
    internal static Tensor ViewAs(Tensor tensor, ScalarType dtype) =>
        NativeDispatcher.Call("aten::view\0"u8, "dtype\0"u8, tensor, dtype);

    /// <summary>x / sqrt(mean(x^2) + epsilon) * weight over the last dimension.</summary>
    internal static Tensor RootMeanSquareNorm(Tensor input, Tensor weight, double epsilon) =>
        NativeDispatcher.Call("aten::rms_norm\0"u8, "\0"u8, input, new[] { weight.size(0) }, OperatorArgument.Optional(weight), OperatorArgument.Optional(epsilon));
}
