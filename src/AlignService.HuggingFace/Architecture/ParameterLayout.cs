namespace AlignService.HuggingFace.Architecture;

/// <summary>Names and shapes of all the parameters that a configuration requires, in the order of the forward pass.</summary>
internal sealed class ParameterLayout
{
    private readonly TransformerConfig _config;
    private readonly List<ParameterSpec> _specs = [];

    private ParameterLayout(TransformerConfig config) => _config = config;

    /// <summary>A reward model's head, of any family.</summary>
    internal const string ScoreHead = "score.weight";

    internal static IReadOnlyList<ParameterSpec> Of(TransformerConfig config)
    {
        var layout = new ParameterLayout(config);
        layout.AddAll();
        return layout._specs;
    }

    /// <summary>The same for a body with a scalar head.</summary>
    internal static IReadOnlyList<ParameterSpec> OfRewardModel(TransformerConfig config) =>
        [.. Of(config with { Head = HeadKind.None }), new ParameterSpec(ScoreHead, [1, config.HiddenSize], ParameterKind.Projection)];

    /// <summary>Name of the common storage of a block's separate q, k, v (or gate, up) matrices.</summary>
    internal static string Storage(string firstPath, string suffix) => $"{firstPath}+{suffix}";

    private void AddAll()
    {
        WeightNames names = _config.Names;
        _specs.Add(new ParameterSpec($"{names.Embedding}.weight", [_config.VocabSize, _config.HiddenSize], ParameterKind.Embedding));
        if (_config.LearnedPositions)
        {
            _specs.Add(new ParameterSpec($"{names.Positions}.weight", [_config.MaxPositions, _config.HiddenSize], ParameterKind.Embedding));
        }

        for (int i = 0; i < _config.Layers.Count; i++)
        {
            AddBlock(i);
        }

        AddNorm(names.FinalNorm, _config.HiddenSize);
        if (_config.Head == HeadKind.Separate)
        {
            _specs.Add(new ParameterSpec($"{names.Head}.weight", [_config.VocabSize, _config.HiddenSize], ParameterKind.Projection));
        }
    }

    private void AddBlock(int index)
    {
        WeightNames names = _config.Names;
        bool before = _config.NormPlacement is NormPlacement.Before or NormPlacement.BeforeAndAfter;
        bool after = _config.NormPlacement is NormPlacement.After or NormPlacement.BeforeAndAfter;
        AddNormIf(before, names.InLayer(index, names.NormBeforeAttention));
        AddAttention(index);
        AddNormIf(after, names.InLayer(index, names.NormAfterAttention));
        AddNormIf(before, names.InLayer(index, names.NormBeforeFeedForward));
        AddFeedForward(index);
        AddNormIf(after, names.InLayer(index, names.NormAfterFeedForward));
    }

    private void AddAttention(int index)
    {
        WeightNames names = _config.Names;
        int width = _config.HiddenSize, queryWidth = _config.HeadCount * _config.HeadDim, keyWidth = _config.KeyValueHeadCount * _config.HeadDim;
        if (_config.QueryKeyValueLayout == QueryKeyValueLayout.Separate)
        {
            string storage = names.InLayer(index, names.Query);
            AddLinear(storage, width, queryWidth, _config.QueryKeyValueBias, ParameterKind.Projection, storage);
            AddLinear(names.InLayer(index, names.Key), width, keyWidth, _config.QueryKeyValueBias, ParameterKind.Projection, storage);
            AddLinear(names.InLayer(index, names.Value), width, keyWidth, _config.QueryKeyValueBias, ParameterKind.Projection, storage);
        }
        else
        {
            AddLinear(names.InLayer(index, names.QueryKeyValue), width, queryWidth + (2 * keyWidth), _config.QueryKeyValueBias, ParameterKind.Projection);
        }

        if (_config.QueryKeyNorm != QueryKeyNorm.None)
        {
            bool perHead = _config.QueryKeyNorm == QueryKeyNorm.PerHead;
            AddNorm(names.InLayer(index, names.QueryNorm), perHead ? _config.HeadDim : queryWidth);
            AddNorm(names.InLayer(index, names.KeyNorm), perHead ? _config.HeadDim : keyWidth);
        }

        AddLinear(names.InLayer(index, names.AttentionOutput), queryWidth, width, _config.AttentionOutputBias, ParameterKind.ResidualProjection);
    }

    private void AddFeedForward(int index)
    {
        WeightNames names = _config.Names;
        int width = _config.HiddenSize, inner = _config.IntermediateSize;
        bool bias = _config.FeedForwardBias;
        string up = names.InLayer(index, names.Up);
        switch (_config.FeedForward)
        {
            case FeedForwardKind.Gated:
                string gate = names.InLayer(index, names.Gate);
                AddLinear(gate, width, inner, bias, ParameterKind.Projection, gate);
                AddLinear(up, width, inner, bias, ParameterKind.Projection, gate);
                break;
            case FeedForwardKind.GatedFused:
                AddLinear(names.InLayer(index, names.GateUp), width, 2 * inner, bias, ParameterKind.Projection);
                break;
            default:
                AddLinear(up, width, inner, bias, ParameterKind.Projection);
                break;
        }

        AddLinear(names.InLayer(index, names.Down), inner, width, bias, ParameterKind.ResidualProjection);
    }

    private void AddLinear(string path, int inputs, int outputs, bool bias, ParameterKind kind, string? storage = null)
    {
        long[] shape = _config.TransposedLinear ? [inputs, outputs] : [outputs, inputs];
        string? shared = _config.TransposedLinear ? null : storage;
        _specs.Add(new ParameterSpec($"{path}.weight", shape, kind, shared is null ? null : Storage(shared, "weight")));
        if (bias)
        {
            _specs.Add(new ParameterSpec($"{path}.bias", [outputs], ParameterKind.Bias, shared is null ? null : Storage(shared, "bias")));
        }
    }

    private void AddNormIf(bool present, string path)
    {
        if (present)
        {
            AddNorm(path, _config.HiddenSize);
        }
    }

    private void AddNorm(string path, int width)
    {
        _specs.Add(new ParameterSpec($"{path}.weight", [width], ParameterKind.NormWeight));
        if (_config.Norm == NormKind.Layer)
        {
            _specs.Add(new ParameterSpec($"{path}.bias", [width], ParameterKind.Bias));
        }
    }
}

/// <summary>One parameter that a configuration requires.</summary>
/// <param name="Name">As in the checkpoint.</param>
/// <param name="Shape">As in the checkpoint.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Storage">Parameters of one storage name are adjacent in one block of memory, so inference can use them as a single matrix; null: separate.</param>
internal sealed record ParameterSpec(string Name, long[] Shape, ParameterKind Kind, string? Storage = null)
{
    internal long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>What a parameter does, which decides how it is initialized.</summary>
internal enum ParameterKind
{
    Embedding,
    Projection,

    /// <summary>A projection whose result is added to the residual stream.</summary>
    ResidualProjection,
    Bias,
    NormWeight,
}
