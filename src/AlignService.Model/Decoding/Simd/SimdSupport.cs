using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Decoding.Simd;

/// <summary>What the decoder supports: the Llama family with all its options.</summary>
internal static class SimdSupport
{
    /// <summary>What in a model is not supported; null: nothing.</summary>
    public static string? Obstacle(Transformer model)
    {
        (bool Stands, string What)[] obstacles =
        [
            (model.Device.type != DeviceType.CPU, $"the device {model.Device}"),
            (model.Dtype == ScalarType.Float64, "float64"),
            (model.Config.Head == HeadKind.Tied && model.AdaptsTiedHead, "a tied head that the adapter changes without the embedding, or vice versa"),
            (model.Config.LengthBoundary is not null && model.PlannedLength is null, "rotary positions that depend on the length"),
        ];
        return First(obstacles) ?? VectorizedDecoding.Obstacle(model.Config);
    }

    private static string? First((bool Stands, string What)[] obstacles) => obstacles.FirstOrDefault(obstacle => obstacle.Stands).What;
}
