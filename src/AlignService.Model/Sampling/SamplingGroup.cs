using AlignService.Model.Decoding;

namespace AlignService.Model.Sampling;

/// <summary>The completions of one request; the prompt is computed when the first of them enters a batch and kept until the last one has.</summary>
internal sealed class SamplingGroup(SamplingTask task, SamplingRequest request) : IDisposable
{
    private readonly CompletionBuilder[] _rows =
        [.. Enumerable.Range(0, request.SampleCount).Select(sample => new CompletionBuilder(task, request, sample))];

    private IPromptCache? _prompt;
    private int _enteredCount;

    public bool HasAllEntered => _enteredCount == _rows.Length;

    public IPromptCache Prompt(IDecodingEngine engine) => _prompt ??= engine.Prefill(request.PromptIds);

    /// <summary>The next waiting completion.</summary>
    public ArraySegment<CompletionBuilder> Take(int count)
    {
        var taken = new ArraySegment<CompletionBuilder>(_rows, _enteredCount, Math.Min(count, _rows.Length - _enteredCount));
        _enteredCount += taken.Count;
        return taken;
    }

    public Completion[] Build() => [.. _rows.Select(row => row.Build())];

    /// <summary>Releases the prompt.</summary>
    public void Dispose()
    {
        _prompt?.Dispose();
        _prompt = null;
    }
}
