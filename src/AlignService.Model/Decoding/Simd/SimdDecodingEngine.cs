using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// Decoding on the CPU with packed float32 weights: the Llama family, several times faster than libtorch for batches of few
/// rows. The order of every sum depends only on the row, so a completion is bit-identical whatever is sampled beside it,
/// on however many threads.
/// </summary>
internal sealed unsafe class SimdDecodingEngine : IDecodingEngine
{
    /// <summary>Tokens of a prompt that are computed together.</summary>
    private const int PromptChunk = 128;

    private readonly Transformer _model;
    private readonly DecoderShape _shape;
    private readonly WorkTeam _team;
    private readonly DecoderWeights _weights;
    private readonly RotaryAngles _angles;
    private readonly DecoderPass _pass;
    private readonly CachePagePool _pool;

    /// <param name="model">Borrowed; its weights are packed here and at every <see cref="Refresh"/>.</param>
    /// <param name="workerCount">Threads; 0: one per processor, at most 16.</param>
    public SimdDecodingEngine(Transformer model, int workerCount = 0)
    {
        RefuseObstacle(model);
        _model = model;
        _shape = new DecoderShape(model.Config);
        _team = new WorkTeam(workerCount > 0 ? workerCount : Math.Min(16, Environment.ProcessorCount));
        _weights = new DecoderWeights(_shape);
        _angles = new RotaryAngles(model.Config.Layers[0].Rope!, model.PlannedLength); // models without are refused above
        _pass = new DecoderPass(_weights, _angles, _team);
        _pool = new CachePagePool(_shape);
        Refresh();
    }

    public int VocabularySize => _shape.VocabularySize;

    public int ContextLength => _shape.Config.MaxPositions;

    public IReadOnlyList<int> EndTokenIds => _shape.Config.EndTokenIds;

    public long CacheBytesPerPosition => CachePage.FloatsFor(_shape) * sizeof(float) / CachePage.Length;

    public int WorkerCount => _team.WorkerCount;

    /// <summary>Whether the engine can decode this model.</summary>
    public static bool Supports(Transformer model) => SimdSupport.Obstacle(model) is null;

    public void Refresh()
    {
        RefuseObstacle(_model);
        new WeightPacker(_model, _team).Pack(_weights);
    }

    public IPromptCache Prefill(IReadOnlyList<int> promptIds)
    {
        var sequence = new SequenceCache(_pool);
        RowBlock logits = default;
        int last = 0;
        for (int start = 0; start < promptIds.Count; start += PromptChunk)
        {
            DecoderRow[] rows = [.. promptIds.Skip(start).Take(PromptChunk).Select(sequence.Append)];
            last = rows.Length - 1;
            bool isEnd = start + rows.Length == promptIds.Count;
            logits = _pass.Run(rows, firstLogitRow: isEnd ? last : rows.Length);
        }

        return new SimdPromptCache(sequence, new ReadOnlySpan<float>(logits.Row(last), VocabularySize).ToArray());
    }

    public IDecodingBatch CreateBatch() => new SimdDecodingBatch(_pass, VocabularySize);

    public void RunParallel(int count, Action<int> work) => _team.Run(count, work);

    public void Dispose()
    {
        _team.Dispose();
        _pass.Dispose();
        _weights.Dispose();
        _angles.Dispose();
        _pool.Dispose();
    }

    private static void RefuseObstacle(Transformer model)
    {
        if (SimdSupport.Obstacle(model) is { } obstacle)
        {
            throw new NotSupportedException($"The SIMD engine cannot decode this model: it does not support {obstacle}. Use the torch engine.");
        }
    }
}

internal sealed unsafe class SimdDecodingBatch(DecoderPass pass, int vocabularySize) : IDecodingBatch
{
    private readonly List<SequenceCache> _rows = [];
    private RowBlock _logits;

    public int RowCount => _rows.Count;

    public void Add(IPromptCache prompt, int rowCount)
    {
        for (int i = 0; i < rowCount; i++)
        {
            _rows.Add(((SimdPromptCache)prompt).Sequence.Fork());
        }
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        var kept = new List<SequenceCache>(rows.Length);
        foreach (int row in rows)
        {
            kept.Add(_rows[row]);
        }

        foreach (SequenceCache dropped in _rows.Except(kept))
        {
            dropped.Dispose();
        }

        _rows.Clear();
        _rows.AddRange(kept);
    }

    public void Step(ReadOnlySpan<int> tokenIds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokenIds.Length, RowCount);
        var rows = new DecoderRow[RowCount];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = _rows[row].Append(tokenIds[row]);
        }

        _logits = pass.Run(rows, firstLogitRow: 0);
    }

    public ReadOnlySpan<float> Logits(int row) => new(_logits.Row(row), vocabularySize);

    public void Dispose() => Keep([]);
}

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
