using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Weights;

namespace AlignService.HuggingFace.Gguf;

/// <summary>The tensors of a model under llama.cpp's names, in the order of the forward pass, each in the layout that its code expects.</summary>
internal sealed class GgufTensors
{
    private readonly ModelWeights _weights;
    private readonly TransformerConfig _config;
    private readonly GgufArchitecture _architecture;
    private readonly GgufType _type;
    private readonly List<string> _narrow = [];
    private readonly List<GgufTensor> _tensors = [];

    private GgufTensors(ModelWeights weights, GgufArchitecture architecture, GgufType type) =>
        (_weights, _config, _architecture, _type) = (weights, weights.Config, architecture, type);

    /// <param name="weights">Borrowed; the tensors read from it when they are written.</param>
    /// <param name="architecture">Of llama.cpp.</param>
    /// <param name="type">Of matrices. Norms, biases and tables of positions are float32, whatever it is.</param>
    /// <param name="findings">Receives what could not have that type.</param>
    internal static IReadOnlyList<GgufTensor> Of(ModelWeights weights, GgufArchitecture architecture, GgufType type, List<string> findings)
    {
        var tensors = new GgufTensors(weights, architecture, type);
        tensors.AddAll();
        if (tensors._narrow.Count > 0)
        {
            findings.Add($"{tensors._narrow.Count} matrices are f16, because their rows are not a multiple of 32 wide, which {GgufTypes.Name(type)} needs: {string.Join(", ", tensors._narrow.Take(6))}{(tensors._narrow.Count > 6 ? ", ..." : "")}.");
        }

        return tensors._tensors;
    }

    private void AddAll()
    {
        WeightNames names = _config.Names;
        foreach (ParameterSpec spec in _weights.Parameters)
        {
            int dot = spec.Name.LastIndexOf('.');
            string path = spec.Name[..dot], suffix = spec.Name[dot..];
            string target = TopLevelName(path) ?? BlockName(path) ?? throw new InvalidOperationException($"{spec.Name} has no name in GGUF.");
            Add(target + suffix, spec, Arranged(spec, path));
        }

        if (_config.Head == HeadKind.Tied && _architecture.NeedsHead)
        {
            ParameterSpec embedding = _weights.Parameters.First(spec => spec.Name == $"{names.Embedding}.weight");
            Add("output.weight", embedding, _weights.Rows(embedding.Name));
        }

        AddFrequencyFactors();
    }

    private string? TopLevelName(string path) =>
        path == _config.Names.Embedding ? "token_embd"
        : path == _config.Names.Positions ? "position_embd"
        : path == _config.Names.FinalNorm ? "output_norm"
        : path == _config.Names.Head ? "output"
        : null;

    private string? BlockName(string path)
    {
        WeightNames names = _config.Names;
        string[] parts = path[(names.Layers.Length + 1)..].Split('.', 2);
        bool before = _config.NormPlacement is NormPlacement.Before or NormPlacement.BeforeAndAfter;
        string? name = parts[1] switch
        {
            // With norms before only, two of the names are equal.
            var part when before && part == names.NormBeforeAttention => "attn_norm",
            var part when before && part == names.NormBeforeFeedForward => "ffn_norm",
            var part when part == names.NormAfterAttention => "post_attention_norm",
            var part when part == names.NormAfterFeedForward => "post_ffw_norm",
            var part when part == names.Query => "attn_q",
            var part when part == names.Key => "attn_k",
            var part when part == names.Value => "attn_v",
            var part when part == names.QueryKeyValue => "attn_qkv",
            var part when part == names.QueryNorm => "attn_q_norm",
            var part when part == names.KeyNorm => "attn_k_norm",
            var part when part == names.AttentionOutput => "attn_output",
            var part when part == names.Gate => "ffn_gate",
            var part when part == names.Up || part == names.GateUp => "ffn_up",
            var part when part == names.Down => "ffn_down",
            _ => null,
        };
        return name is null ? null : $"blk.{parts[0]}.{name}";
    }

    private WeightRows Arranged(ParameterSpec spec, string path)
    {
        WeightNames names = _config.Names;
        WeightRows rows = _weights.Rows(spec.Name);
        bool IsPart(string part) => path.EndsWith($".{part}", StringComparison.Ordinal);
        bool isLinear = spec.Kind is ParameterKind.Projection or ParameterKind.ResidualProjection && path != names.Head;
        if (_config.TransposedLinear && isLinear)
        {
            return new TransposedRows(rows);
        }

        if (spec.Kind == ParameterKind.NormWeight)
        {
            WeightRows norm = _config.Norm == NormKind.RootMeanSquarePlusOne ? new ShiftedRows(rows, 1) : rows;
            return IsPart(names.QueryNorm) ? Scaled(norm) : norm;
        }

        if (IsPart(names.Query) && _config.QueryKeyNorm == QueryKeyNorm.None)
        {
            rows = Scaled(rows);
        }

        return _architecture.RotatesNeighbours && (IsPart(names.Query) || IsPart(names.Key)) ? new ReorderedRows(rows, HalvesOfNeighbours)
            : _config.QueryKeyValueLayout == QueryKeyValueLayout.HeadByHead && IsPart(names.QueryKeyValue) ? new ReorderedRows(rows, HeadByHeadRow)
            : rows;
    }

    private WeightRows Scaled(WeightRows query) => _architecture.QueryFactor(_config) is not 1 and var factor ? new ScaledRows(query, (float)factor) : query;

    /// <summary>Elements that are rotated together stand half a head apart in the model, and side by side in llama.cpp.</summary>
    private long HalvesOfNeighbours(long row)
    {
        long head = row / _config.HeadDim, element = row % _config.HeadDim;
        return (head * _config.HeadDim) + (element % 2 * (_config.HeadDim / 2)) + (element / 2);
    }

    /// <summary>The model has q, k and v of each head together, llama.cpp all of q, then k, then v.</summary>
    private long HeadByHeadRow(long row)
    {
        long width = (long)_config.HeadCount * _config.HeadDim;
        long part = row / width, head = row % width / _config.HeadDim, element = row % _config.HeadDim;
        return (((head * 3) + part) * _config.HeadDim) + element;
    }

    private void AddFrequencyFactors()
    {
        RopeConfig? rope = _config.Layers[0].Rope;
        switch (rope?.Scaling)
        {
            case Llama3RopeScaling:
                double[] plain = (rope with { Scaling = null }).Frequencies(_config.MaxPositions), scaled = rope.Frequencies(_config.MaxPositions);
                AddTable("rope_freqs.weight", plain.Zip(scaled, (before, after) => before / after));
                break;
            case LongRopeScaling longRope:
                AddTable("rope_factors_long.weight", longRope.LongFactors);
                AddTable("rope_factors_short.weight", longRope.ShortFactors);
                break;
        }
    }

    private void AddTable(string name, IEnumerable<double> values)
    {
        float[] table = [.. values.Select(value => (float)value)];
        _tensors.Add(new GgufTensor(name, [table.Length], GgufType.Float32, new HeldRows(table, 1)));
    }

    private void Add(string name, ParameterSpec spec, WeightRows rows)
    {
        bool isMatrix = spec.Shape.Length == 2 && name != "position_embd.weight";
        GgufType type = !isMatrix ? GgufType.Float32 : GgufTypes.Holds(_type, rows.ColumnCount) ? _type : GgufType.Float16;
        if (isMatrix && type != _type)
        {
            _narrow.Add(name);
        }

        _tensors.Add(new GgufTensor(name, spec.Shape.Length == 2 ? [rows.RowCount, rows.ColumnCount] : spec.Shape, type, rows));
    }
}
