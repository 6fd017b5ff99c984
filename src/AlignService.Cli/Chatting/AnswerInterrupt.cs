using System.Runtime.InteropServices;

namespace AlignService.Cli.Chatting;

/// <summary>Ctrl+C while an answer is sampled: it ends the answer, and not the program.</summary>
internal sealed class AnswerInterrupt : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration _registration;
    private CancellationTokenSource? _answer;

    public AnswerInterrupt() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

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

    public void Dispose() => _registration.Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        lock (_lock)
        {
            if (_answer is not null)
            {
                context.Cancel = true;
                _answer.Cancel();
            }
        }
    }
}
