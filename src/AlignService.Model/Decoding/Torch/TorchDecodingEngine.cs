using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Attention;
using static TorchSharp.torch;

namespace AlignService.Model.Decoding.Torch;

/// <summary>Decoding with libtorch: every model on every device.</summary>
/// <param name="model">Borrowed; its current weights are used at each step.</param>
internal sealed class TorchDecodingEngine(Transformer model) : IDecodingEngine
{
    public int VocabularySize => model.Config.VocabSize;

    public int ContextLength => model.Config.MaxPositions;

    public IReadOnlyList<int> EndTokenIds => model.Config.EndTokenIds;

    public long CacheBytesPerPosition =>
        2L * model.Config.Layers.Count * model.Config.KeyValueHeadCount * model.Config.HeadDim * model.HeadWeight.element_size();

    public int WorkerCount => Environment.ProcessorCount;

    public void Refresh()
    {
        // Nothing is kept of the weights.
    }

    public IPromptCache Prefill(IReadOnlyList<int> promptIds)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        KvCache cache = model.CreateCache(rows: 1, capacity: promptIds.Count);
        Tensor hidden = model.Decode(TokenBatch.Of([.. promptIds], rowCount: 1, model.Device), cache);
        float[] logits = TokenBatch.Logits(model, hidden.narrow(1, promptIds.Count - 1, 1));
        return new TorchPromptCache(cache, logits);
    }

    public IDecodingBatch CreateBatch() => new TorchDecodingBatch(model);

    public void RunParallel(int count, Action<int> work)
    {
        try
        {
            Parallel.For(0, count, work);
        }
        catch (AggregateException failure)
        {
            ExceptionDispatchInfo.Throw(failure.InnerExceptions[0]);
        }
    }

    public void Dispose()
    {
        // The model is borrowed.
    }
}

internal sealed class TorchPromptCache(KvCache cache, float[] nextLogits) : IPromptCache
{
    public KvCache Cache => cache;

    public int Length => (int)cache.Used;

    public ReadOnlySpan<float> NextLogits => nextLogits;

    public void Dispose() => cache.Dispose();
}

/// <summary>Rows in one cache. Added rows are joined to it at the next step, all at once, because joining copies.</summary>
internal sealed class TorchDecodingBatch(Transformer model) : IDecodingBatch
{
    /// <summary>Spare positions in a cache, so it rarely has to grow.</summary>
    private const long Growth = 64;

    private readonly List<KvCache> _entering = [];
    private KvCache? _cache;
    private float[] _logits = [];

    public int RowCount { get; private set; }

    public void Add(IPromptCache prompt, int rowCount)
    {
        KvCache promptCache = ((TorchPromptCache)prompt).Cache;
        _entering.Add(promptCache.Expand(rowCount, promptCache.Used));
        RowCount += rowCount;
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        Join();
        RowCount = rows.Length;
        if (RowCount == 0)
        {
            _cache?.Dispose();
            _cache = null;
            return;
        }

        using var noGrad = no_grad();
        using Tensor kept = TokenBatch.Of(rows, rowCount: 1, model.Device).squeeze_(0);
        _cache!.Keep(kept); // it goes with the last row
    }

    public void Step(ReadOnlySpan<int> tokenIds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokenIds.Length, RowCount);
        Join();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor hidden = model.Decode(TokenBatch.Of(tokenIds, RowCount, model.Device), _cache!); // it goes with the last row
        _logits = TokenBatch.Logits(model, hidden);
    }

    public ReadOnlySpan<float> Logits(int row) => _logits.AsSpan(row * model.Config.VocabSize, model.Config.VocabSize);

    public void Dispose()
    {
        _entering.ForEach(cache => cache.Dispose());
        _entering.Clear();
        _cache?.Dispose();
        _cache = null;
    }

    /// <summary>Moves all rows into one cache with room for the next token.</summary>
    private void Join()
    {
        if (_entering.Count == 0 && (_cache is null || _cache.Used < _cache.Capacity))
        {
            return;
        }

        KvCache[] parts = [.. _cache is null ? [] : new[] { _cache }, .. _entering];
        _entering.Clear();
        _cache = KvCache.Join(parts, Growth);
        foreach (KvCache part in parts)
        {
            part.Dispose();
        }
    }
}

/// <summary>Converts token ids to tensors and tensors to logits.</summary>
internal static class TokenBatch
{
    /// <summary>[rows, T] int64.</summary>
    public static Tensor Of(ReadOnlySpan<int> tokenIds, int rowCount, Device device)
    {
        long[] ids = new long[tokenIds.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = tokenIds[i];
        }

        return tensor(ids, [rowCount, ids.Length / rowCount], ScalarType.Int64, device);
    }

    /// <param name="model">Its head.</param>
    /// <param name="hidden">[B, 1, C].</param>
    /// <returns>[B * V].</returns>
    public static float[] Logits(Transformer model, Tensor hidden)
    {
        using Tensor logits = model.Logits(hidden).to(ScalarType.Float32).cpu().contiguous();
        return MemoryMarshal.Cast<byte, float>(logits.bytes).ToArray();
    }
}
