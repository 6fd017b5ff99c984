using AlignService.Cli.Output;

namespace AlignService.Cli.Chatting;

/// <summary>Ctrl+C while an answer is sampled: it ends the answer, and not the program.</summary>
internal sealed class AnswerInterrupt : IDisposable
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _answer;

    public AnswerInterrupt() => TerminationSignals.TakesInterrupt = TryInterrupt;

    /// <summary>From here on the signal ends this answer. The caller disposes it, after <see cref="End"/>.</summary>
    public CancellationTokenSource Begin(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }
    }

    /// <summary>The signal ends the program again.</summary>
    public void End()
    {
        lock (_lock)
        {
            _answer = null;
        }
    }

    public void Dispose() => TerminationSignals.TakesInterrupt = null;

    private bool TryInterrupt()
    {
        lock (_lock)
        {
            _answer?.Cancel();
            return _answer is not null;
        }
    }
}
