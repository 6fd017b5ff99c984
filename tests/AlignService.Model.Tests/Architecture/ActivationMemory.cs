using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.LogProbs;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Architecture;

/// <summary>What one forward and backward pass takes; run by <see cref="ActivationMemoryTests"/> in a process of its own.</summary>
public sealed class ActivationMemory
{
    private const int Rows = 4;
    private const int Length = 256;

    internal static TransformerConfig Config { get; } = TinyModel.Llama with
    {
        HiddenSize = 256,
        IntermediateSize = 768,
        HeadCount = 4,
        KeyValueHeadCount = 4,
        HeadDim = 64,
        MaxPositions = Length,
        Layers = [.. Enumerable.Repeat(new LayerConfig(new RopeConfig { Theta = 10000, RotaryDim = 64 }), 16)],
    };

    internal static long Tokens => Rows * Length;

    [Fact(Explicit = true)]
    public void Measure() => OwnProcess.Answer((bool checkpointing) =>
    {
        using Transformer model = TinyModel.Create(Config);
        model.ActivationCheckpointing = checkpointing;
        Train(model, 2); // from now on the gradients have their memory, and code and threads are there
        return MemoryGrowth.During(() => Train(model, Length)).Growth;
    });

    private static bool Train(Transformer model, int length)
    {
        using var scope = NewDisposeScope();
        Tensor ids = arange(Rows * length, ScalarType.Int64).remainder(Config.VocabSize).view(Rows, length);
        Tensor hidden = model.Hidden(ids).view(-1, Config.HiddenSize);
        SelectedLogProbs.Compute(model, hidden, ids.view(-1), temperature: 1).Values.sum().backward();
        return true;
    }
}
