using System.Runtime.InteropServices;

namespace AlignService.Cli.Output;

/// <summary>Ctrl+C and SIGTERM as a cancellation; the second one ends the process at once.</summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signal;

    public TerminationSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];

    public CancellationToken Token => _cancellation.Token;

    /// <summary>The exit code after a signal.</summary>
    public ExitCode ExitCode => (PosixSignal)_signal == PosixSignal.SIGTERM ? ExitCode.Terminated : ExitCode.Interrupted;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _cancellation.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Handlers run latest first: a command has taken the signal as its own.
        if (context.Cancel)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _signal, (int)context.Signal, 0) != 0)
        {
            Environment.Exit((int)ExitCode);
        }

        context.Cancel = true;
        _cancellation.Cancel();
    }
}
