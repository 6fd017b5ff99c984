using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;

namespace AlignService.Training.Tests;

/// <summary>A transformer of a few thousand parameters, for tests of trainers.</summary>
internal static class TinyPolicy
{
    internal static TransformerConfig Config { get; } = new()
    {
        ModelType = "llama",
        VocabSize = 24,
        HiddenSize = 16,
        IntermediateSize = 32,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadDim = 8,
        MaxPositions = 64,
        Layers = [new LayerConfig(new RopeConfig { Theta = 1000, RotaryDim = 8 }), new LayerConfig(new RopeConfig { Theta = 1000, RotaryDim = 8 })],
        InitializerRange = 0.2,
    };

    internal static Transformer Create(ulong seed = 1) => HuggingFaceCheckpoint.CreateRandom(Config, seed, new LoadOptions());

    /// <summary>Every weight, in the order of the model's parameters.</summary>
    internal static float[] Weights(Transformer model) => [.. model.NamedParameters().SelectMany(entry => entry.Parameter.data<float>().ToArray())];
}
