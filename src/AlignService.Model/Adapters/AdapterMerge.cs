using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Layers;
using AlignService.Model.Parameters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Adapters;

/// <summary>Folds an adapter into the weights of its base: W + scaling * B A, computed in at least float32, whatever the weights' dtype.</summary>
public static class AdapterMerge
{
    private const int ProbeLength = 64;

    /// <summary>Folds the adapter into the model's weights, in place. The adapter is deactivated and no longer needed.</summary>
    /// <exception cref="CheckpointException">The model's head is tied to its embedding, and the adapter makes them differ.</exception>
    public static void Fold(Transformer model, LowRankAdapter adapter)
    {
        using var noGrad = no_grad();
        model.Adapter = adapter;
        if (model.Config.Head == HeadKind.Tied && model.AdaptsTiedHead)
        {
            model.Adapter = null;
            throw new CheckpointException(
                "The adapter changes the head or the embedding of a model that uses one matrix for both (tie_word_embeddings): the merged model would need two. Leave the head and the embedding out of the adapter, or use it unmerged.");
        }

        model.Adapter = null;
        foreach (LinearModule module in LinearModule.Of(model.Config))
        {
            if (adapter.UpdateOf(module.Name) is { } update)
            {
                Add(model.Parameters[$"{module.Name}.weight"], update, transposed: model.Config.TransposedLinear && !module.IsHead);
            }
        }

        foreach ((string name, Parameter parameter) in model.NamedParameters())
        {
            if (adapter.ReplacementOf(name) is { } replacement)
            {
                parameter.copy_(replacement);
            }
        }
    }

    /// <summary>The same, with a check: the logits of a fixed row of tokens before and after.</summary>
    public static MergeReport FoldChecked(Transformer model, LowRankAdapter adapter)
    {
        using var scope = NewDisposeScope();
        model.Adapter = adapter;
        Tensor before = ProbeLogits(model);
        Fold(model, adapter);
        return Compare(before, ProbeLogits(model));
    }

    /// <summary>[T, V]: logits of a fixed row of tokens under the model's current weights.</summary>
    public static Tensor ProbeLogits(Transformer model)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var bits = new CounterBits(0, nameof(AdapterMerge));
        int length = Math.Min(ProbeLength, model.Config.MaxPositions);
        long[] ids = [.. Enumerable.Range(0, length).Select(i => (long)(bits[(ulong)i] % (ulong)model.Config.VocabSize))];
        Tensor hidden = model.Hidden(tensor(ids, device: model.Device).unsqueeze(0));
        return model.Logits(hidden).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Compares two results of <see cref="ProbeLogits"/>.</summary>
    public static MergeReport Compare(Tensor before, Tensor after)
    {
        using var scope = NewDisposeScope();
        double largest = (before.to(ScalarType.Float64) - after.to(ScalarType.Float64)).abs().max().ToDouble();
        return new(largest, (int)before.size(0));
    }

    private static void Add(Parameter weight, LowRankUpdate update, bool transposed)
    {
        using var scope = NewDisposeScope();
        Tensor delta = update.DeltaRows(0, update.Up.size(0)); // [out, in]
        Tensor sum = weight.to(delta.dtype) + (transposed ? delta.t() : delta);
        weight.copy_(sum);
    }
}

/// <summary>How closely merged weights match base and adapter.</summary>
/// <param name="MaxLogitDifference">Largest absolute difference of any logit on the probe's tokens.</param>
/// <param name="ProbeTokens">Tokens of the probe.</param>
public sealed record MergeReport(double MaxLogitDifference, int ProbeTokens);
