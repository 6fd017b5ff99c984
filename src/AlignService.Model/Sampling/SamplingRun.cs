using AlignService.Model.Decoding;

namespace AlignService.Model.Sampling;

/// <summary>The sampling of one call: finished rows leave the batch and waiting ones enter.</summary>
internal sealed class SamplingRun : IDisposable
{
    /// <summary>Rows enter once one place in this many is free: an engine may have to copy the other rows.</summary>
    private const int EntryShare = 4;

    private readonly IDecodingEngine _engine;
    private readonly int _maxRows;
    private readonly IDecodingBatch _batch;
    private readonly TokenSampler?[] _samplers;
    private readonly SamplingGroup[] _groups;
    private readonly Queue<SamplingGroup> _waiting;
    private readonly List<CompletionBuilder> _rows = [];

    public SamplingRun(IDecodingEngine engine, SamplingTask task, IReadOnlyList<SamplingRequest> requests, int maxRows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        (_engine, _maxRows) = (engine, maxRows);
        _batch = engine.CreateBatch();
        _samplers = new TokenSampler?[engine.WorkerCount];
        _groups = [.. requests.Select(request => new SamplingGroup(task, request))];
        _waiting = new Queue<SamplingGroup>(_groups);
    }

    private delegate ReadOnlySpan<float> LogitsOf(int row);

    public Completion[][] Sample(CancellationToken cancellationToken)
    {
        while (_waiting.Count > 0 || _rows.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_rows.Count == 0 || (_maxRows - _rows.Count) * EntryShare >= _maxRows)
            {
                Enter(cancellationToken);
            }

            if (_rows.Count > 0)
            {
                Step();
            }
        }

        return [.. _groups.Select(group => group.Build())];
    }

    public void Dispose()
    {
        _batch.Dispose();
        foreach (SamplingGroup group in _groups)
        {
            group.Dispose();
        }
    }

    private void Enter(CancellationToken cancellationToken)
    {
        while (_rows.Count < _maxRows && _waiting.TryPeek(out SamplingGroup? group))
        {
            cancellationToken.ThrowIfCancellationRequested();
            IPromptCache prompt = group.Prompt(_engine);
            ArraySegment<CompletionBuilder> entering = group.Take(_maxRows - _rows.Count);
            Extend(entering, _ => prompt.NextLogits);

            // A first token can be the last.
            int rowCount = _rows.Count;
            _rows.AddRange(entering.Where(row => row.FinishReason is null));
            if (_rows.Count > rowCount)
            {
                _batch.Add(prompt, _rows.Count - rowCount);
            }

            if (group.HasAllEntered)
            {
                group.Dispose();
                _waiting.Dequeue();
            }
        }
    }

    private void Step()
    {
        Heartbeat.Beat();
        _batch.Step([.. _rows.Select(row => row.LastTokenId)]);
        Extend(_rows, _batch.Logits);

        int[] kept = [.. Enumerable.Range(0, _rows.Count).Where(row => _rows[row].FinishReason is null)];
        if (kept.Length < _rows.Count)
        {
            _batch.Keep(kept);
            _rows.RemoveAll(row => row.FinishReason is not null);
        }
    }

    private void Extend(IList<CompletionBuilder> rows, LogitsOf logits)
    {
        int workerCount = Math.Min(rows.Count, _samplers.Length);
        if (workerCount == 1)
        {
            Extend(0);
        }
        else
        {
            _engine.RunParallel(workerCount, Extend);
        }

        void Extend(int worker)
        {
            TokenSampler sampler = _samplers[worker] ??= new TokenSampler(_engine.VocabularySize);
            for (int row = worker; row < rows.Count; row += workerCount)
            {
                rows[row].Extend(sampler, logits(row));
            }
        }
    }
}
