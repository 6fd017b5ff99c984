using System.Runtime.ExceptionServices;
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
