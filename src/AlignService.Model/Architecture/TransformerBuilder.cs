using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture.Attention;
using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>Assembles a model's parts according to its configuration.</summary>
internal sealed class TransformerBuilder(TransformerConfig config, AdaptedParameters parameters)
{
    private readonly HeadCounts _heads = new(config.HeadCount, config.KeyValueHeadCount, config.HeadDim);

    /// <summary>The whole model.</summary>
    internal TransformerParts Build() => new()
    {
        Embedding = parameters[$"{config.Names.Embedding}.weight"],
        Positions = config.LearnedPositions ? parameters[$"{config.Names.Positions}.weight"] : null,
        Blocks = [.. Enumerable.Range(0, config.Layers.Count).Select(Block)],
        FinalNorm = Norm(config.Names.FinalNorm),
        Head = Head(),
    };

    private LanguageModelHead? Head()
    {
        string head = config.Names.Head;
        return config.Head switch
        {
            HeadKind.None => null,
            HeadKind.Tied => new LanguageModelHead(parameters.Find($"{head}.weight") ?? parameters.Original($"{config.Names.Embedding}.weight"), parameters.UpdateOf(head)),
            _ => new LanguageModelHead(parameters[$"{head}.weight"], parameters.UpdateOf(head)),
        };
    }

    private INorm Norm(string path)
    {
        TorchSharp.Modules.Parameter weight = parameters[$"{path}.weight"];
        return config.Norm == NormKind.Layer
            ? new LayerNorm(weight, parameters[$"{path}.bias"], config.NormEpsilon)
            : new RootMeanSquareNorm(weight, config.NormEpsilon, config.Norm == NormKind.RootMeanSquarePlusOne);
    }

    private TransformerBlock Block(int index)
    {
        WeightNames names = config.Names;
        bool before = config.NormPlacement is NormPlacement.Before or NormPlacement.BeforeAndAfter;
        bool after = config.NormPlacement is NormPlacement.After or NormPlacement.BeforeAndAfter;
        return new TransformerBlock
        {
            NormBeforeAttention = before ? Norm(names.InLayer(index, names.NormBeforeAttention)) : null,
            Attention = Attention(index),
            NormAfterAttention = after ? Norm(names.InLayer(index, names.NormAfterAttention)) : null,
            NormBeforeFeedForward = before ? Norm(names.InLayer(index, names.NormBeforeFeedForward)) : null,
            FeedForward = FeedForward(index),
            NormAfterFeedForward = after ? Norm(names.InLayer(index, names.NormAfterFeedForward)) : null,
            Parallel = config.ParallelResidual,
        };
    }

    private CausalSelfAttention Attention(int index)
    {
        WeightNames names = config.Names;
        bool normed = config.QueryKeyNorm != QueryKeyNorm.None;
        return new CausalSelfAttention
        {
            Projection = Projection(index),
            Output = Linear(names.InLayer(index, names.AttentionOutput)),
            Kernel = new AttentionKernel(_heads, config.AttentionScale, config.AttentionSoftcap),
            QueryNorm = normed ? Norm(names.InLayer(index, names.QueryNorm)) : null,
            KeyNorm = normed ? Norm(names.InLayer(index, names.KeyNorm)) : null,
            NormsFullWidth = config.QueryKeyNorm == QueryKeyNorm.FullWidth,
            Layer = config.Layers[index],
        };
    }

    private IQueryKeyValueProjection Projection(int index)
    {
        WeightNames names = config.Names;
        switch (config.QueryKeyValueLayout)
        {
            case QueryKeyValueLayout.Concatenated:
                return new ConcatenatedQueryKeyValue(Linear(names.InLayer(index, names.QueryKeyValue)), _heads);
            case QueryKeyValueLayout.HeadByHead:
                return new HeadByHeadQueryKeyValue(Linear(names.InLayer(index, names.QueryKeyValue)), _heads);
            default:
                string query = names.InLayer(index, names.Query), key = names.InLayer(index, names.Key), value = names.InLayer(index, names.Value);
                ConcatenatedQueryKeyValue? shared = Shared(query, key, value) is { } all ? new ConcatenatedQueryKeyValue(all, _heads) : null;
                return new SeparateQueryKeyValue(Linear(query), Linear(key), Linear(value), shared, _heads);
        }
    }

    private IFeedForward FeedForward(int index)
    {
        WeightNames names = config.Names;
        Func<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> activation = Activations.Of(config.Activation);
        LinearLayer down = Linear(names.InLayer(index, names.Down));
        switch (config.FeedForward)
        {
            case FeedForwardKind.Plain:
                return new PlainFeedForward(Linear(names.InLayer(index, names.Up)), down, activation);
            case FeedForwardKind.GatedFused:
                return new GatedFeedForward(new FusedPairProjection(Linear(names.InLayer(index, names.GateUp))), down, activation);
            default:
                string gate = names.InLayer(index, names.Gate), up = names.InLayer(index, names.Up);
                FusedPairProjection? shared = Shared(gate, up) is { } both ? new FusedPairProjection(both) : null;
                return new GatedFeedForward(new SeparatePairProjection(Linear(gate), Linear(up), shared), down, activation);
        }
    }

    private LinearLayer Linear(string path) => new(parameters[$"{path}.weight"], parameters.Find($"{path}.bias"), config.TransposedLinear, parameters.UpdateOf(path));

    /// <summary>One layer for all of these, if they share memory and no adapter changes any of them.</summary>
    private LinearLayer? Shared(params ReadOnlySpan<string> paths) =>
        parameters.FindStorage(ParameterLayout.Storage(paths[0], "weight"), paths) is { } weight
            ? new LinearLayer(weight, parameters.FindStorage(ParameterLayout.Storage(paths[0], "bias"), paths))
            : null;
}

/// <summary>The parts of a forward pass; tensors are borrowed.</summary>
internal sealed class TransformerParts
{
    /// <summary>[V, C].</summary>
    internal required Tensor Embedding { get; init; }

    /// <summary>[positions, C]; null: none are learned.</summary>
    internal required Tensor? Positions { get; init; }

    internal required TransformerBlock[] Blocks { get; init; }

    internal required INorm FinalNorm { get; init; }

    /// <summary>Null: a body without one.</summary>
    internal required LanguageModelHead? Head { get; init; }
}
