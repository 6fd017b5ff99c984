using AlignService.Model.Architecture;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Simd;
using AlignService.Model.Decoding.Torch;

namespace AlignService.Model.Sampling;

/// <summary>The engine for a model.</summary>
internal static class DecodingEngines
{
    /// <summary>The fastest engine that can decode the model on its device; the model is borrowed.</summary>
    public static IDecodingEngine For(Transformer model) =>
        SimdDecodingEngine.Supports(model) ? new SimdDecodingEngine(model) : new TorchDecodingEngine(model);
}
