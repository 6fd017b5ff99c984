using AlignService.HuggingFace.Architecture;

namespace AlignService.Cli.Demo.Building;

/// <summary>The shape of the demo's models: Llamas of half a million parameters.</summary>
internal static class DemoModelConfig
{
    private static readonly LayerConfig Layer = new(new RopeConfig { Theta = 10_000, RotaryDim = 32 });

    public static TransformerConfig Policy { get; } = new()
    {
        ModelType = "llama",
        VocabSize = DemoTokenizer.VocabularySize,
        HiddenSize = 128,
        IntermediateSize = 336,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadDim = 32,
        MaxPositions = 64,
        Layers = [Layer, Layer, Layer],
        NormEpsilon = 1e-5,
        Head = HeadKind.Tied,
        BeginTokenId = DemoTokenizer.BeginId,
        EndTokenIds = [DemoTokenizer.EndId],
        PadTokenId = DemoTokenizer.PadId,
    };
}
