using System.Text;
using AlignService.Model.Architecture;
using AlignService.Model.Decoding;
using AlignService.Specs.PolicyOptimization;
using AlignService.Text.Tokenization;

namespace AlignService.Model.Sampling;

/// <summary>
/// Completions that come and go one by one, and are sampled together: a token of each per step. A completion is the one that <see cref="CompletionSampler.Stream"/> gives for the same prompt, settings and
/// seed, whichever others there are. Used from one thread.
/// </summary>
public sealed class LiveBatch : IDisposable
{
    private readonly IDecodingEngine _engine;
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlySet<int> _endTokenIds;
    private readonly IDecodingBatch _batch;
    private readonly TokenSampler?[] _samplers;
    private readonly List<LiveRow> _rows = [];

    /// <summary>With the engine that suits the model and its device; the model's weights must not change.</summary>
    public LiveBatch(Transformer model, Tokenizer tokenizer)
        : this(DecodingEngines.For(model), tokenizer)
    {
    }

    /// <param name="engine">Disposed with the batch.</param>
    /// <param name="tokenizer">The model's.</param>
    internal LiveBatch(IDecodingEngine engine, Tokenizer tokenizer)
    {
        (_engine, _tokenizer) = (engine, tokenizer);
        _endTokenIds = EndTokens.Of(engine, tokenizer);
        engine.Refresh();
        _batch = engine.CreateBatch();
        _samplers = new TokenSampler?[engine.WorkerCount];
    }

    /// <summary>Completions that are being sampled.</summary>
    public int Count => _rows.Count;

    /// <summary>Whether memory for one more is left; there always is for the first.</summary>
    public bool HasRoomFor(LiveCompletion completion) =>
        _rows.Count == 0 || (_rows.Count < SamplingLimits.LargestRowCount && _rows.Sum(row => BytesOf(row.Completion)) + BytesOf(completion) <= SamplingLimits.MemoryBudget);

    /// <summary>Computes the prompt and samples the first token.</summary>
    /// <exception cref="SamplingException">It cannot be sampled.</exception>
    public void Enter(LiveCompletion completion)
    {
        var request = new SamplingRequest(0, completion.PromptIds, 1);
        new SamplingLimits(_engine, completion.Config).Check([request]);
        using IPromptCache prompt = _engine.Prefill(completion.PromptIds);
        var row = new LiveRow(completion, request, new SamplingTask(completion.Config, new SamplingKey(completion.Seed, 0), _tokenizer, _endTokenIds));
        row.Extend(Sampler(0), prompt.NextLogits);
        row.Report();

        // A first token can be the last.
        if (!row.HasEnded)
        {
            _batch.Add(prompt, 1);
            _rows.Add(row);
        }
    }

    /// <summary>Drops what was cancelled, and samples a token of each of the others.</summary>
    /// <exception cref="SamplingException">No token can be chosen.</exception>
    public void Step()
    {
        Keep(row => row.CancelIfAsked());
        if (_rows.Count == 0)
        {
            return;
        }

        Heartbeat.Beat();
        _batch.Step([.. _rows.Select(row => row.LastTokenId)]);
        int workerCount = Math.Min(_rows.Count, _samplers.Length);
        if (workerCount == 1)
        {
            Extend(0);
        }
        else
        {
            _engine.RunParallel(workerCount, Extend);
        }

        _rows.ForEach(row => row.Report());
        Keep(row => row.HasEnded);

        void Extend(int worker)
        {
            for (int row = worker; row < _rows.Count; row += workerCount)
            {
                _rows[row].Extend(Sampler(worker), _batch.Logits(row));
            }
        }
    }

    /// <summary>Drops all completions; nobody is told.</summary>
    public void Clear() => Keep(_ => true);

    public void Dispose()
    {
        _batch.Dispose();
        _engine.Dispose();
    }

    private TokenSampler Sampler(int worker) => _samplers[worker] ??= new TokenSampler(_engine.VocabularySize);

    private long BytesOf(LiveCompletion completion) => _engine.CacheBytesPerPosition * (completion.PromptIds.Count + completion.Config.MaxCompletionLength);

    private void Keep(Predicate<LiveRow> isDropped)
    {
        bool[] dropped = [.. _rows.Select(row => isDropped(row))];
        if (dropped.Contains(true))
        {
            _batch.Keep([.. Enumerable.Range(0, dropped.Length).Where(row => !dropped[row])]);
            LiveRow[] kept = [.. _rows.Where((_, row) => !dropped[row])];
            _rows.Clear();
            _rows.AddRange(kept);
        }
    }
}

/// <summary>A completion to sample, and who is told of it, on the sampling thread.</summary>
/// <param name="PromptIds">Token ids, including special tokens; at least one.</param>
/// <param name="Config">How tokens are chosen and when the completion ends.</param>
/// <param name="Seed">Key of its random stream.</param>
public sealed record LiveCompletion(IReadOnlyList<int> PromptIds, SamplingConfig Config, ulong Seed)
{
    /// <summary>Called with each token; its text is empty where a token completes no character.</summary>
    public required Action<LiveToken> OnToken { get; init; }

    /// <summary>Called once, with the number of tokens and why it ended; null: it was cancelled.</summary>
    public required Action<int, FinishReason?> OnEnd { get; init; }

    /// <summary>Drops the completion before its next token.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>A token that was sampled.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProb">Nats, as in <see cref="Completion.LogProbs"/>.</param>
/// <param name="Text">What can be shown since the last one: whole characters, and nothing of a stop string.</param>
public readonly record struct LiveToken(int Id, float LogProb, string Text);

/// <summary>A completion in a live batch.</summary>
internal sealed class LiveRow
{
    private readonly CompletionBuilder _builder;
    private readonly StringBuilder _text = new();

    public LiveRow(LiveCompletion completion, SamplingRequest request, SamplingTask task)
    {
        Completion = completion;
        _builder = new CompletionBuilder(task with { OnText = text => _text.Append(text) }, request, sampleIndex: 0);
    }

    public LiveCompletion Completion { get; }

    public bool HasEnded => _builder.FinishReason is not null;

    public int LastTokenId => _builder.LastTokenId;

    /// <summary>Samples one more token; may be called on any thread.</summary>
    public void Extend(TokenSampler sampler, ReadOnlySpan<float> logits) => _builder.Extend(sampler, logits);

    /// <summary>Tells of the last token, and of the end.</summary>
    public void Report()
    {
        Completion.OnToken(new LiveToken(_builder.LastTokenId, _builder.LastLogProb, _text.ToString()));
        _text.Clear();
        if (_builder.FinishReason is { } reason)
        {
            Completion.OnEnd(_builder.TokenCount, reason);
        }
    }

    /// <returns>Whether it is cancelled.</returns>
    public bool CancelIfAsked()
    {
        if (!Completion.Cancellation.IsCancellationRequested)
        {
            return false;
        }

        Completion.OnEnd(_builder.TokenCount, null);
        return true;
    }
}
