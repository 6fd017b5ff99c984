using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>What loading a checkpoint takes; run by <see cref="LoadingMemoryTests"/> in a process of its own.</summary>
public sealed class LoadingMemory
{
    internal sealed record Input(string Directory, bool HeldNarrow);

    /// <param name="WeightBytes">Bytes of the parameters as they are held.</param>
    /// <param name="Growth">While they were loaded.</param>
    internal sealed record Result(long WeightBytes, MemoryGrowth Growth);

    [Fact(Explicit = true)]
    public void Measure() => OwnProcess.Answer((Input input) =>
    {
        var options = new LoadOptions { Trainable = false, HeldDtype = input.HeldNarrow ? ScalarType.BFloat16 : null };
        using (HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", "llama-gqa"), options))
        using (Tensor warm = ones(1 << 20))
        using (warm.to(ScalarType.BFloat16))
        {
            // libtorch's threads and .NET's code for loading are there from now on.
        }

        (Transformer model, MemoryGrowth growth) = MemoryGrowth.During(() => HuggingFaceCheckpoint.LoadTransformer(input.Directory, options));
        using (model)
        {
            return new Result(model.NamedParameters().Sum(entry => entry.Parameter.numel() * entry.Parameter.element_size()), growth);
        }
    });
}
