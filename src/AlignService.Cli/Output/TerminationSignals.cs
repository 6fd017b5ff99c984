using System.Runtime.InteropServices;

namespace AlignService.Cli.Output;

/// <summary>Ctrl+C and SIGTERM as a cancellation; the second one ends the process at once.</summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signal;

    /// <summary>Asked first at Ctrl+C: true, if it was meant for something that the command does, and not for the program.</summary>
    public static Func<bool>? TakesInterrupt { get; set; }

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
        // What others make of the signal (a host in this process stops itself) does not change what it means here.
        if (context.Signal == PosixSignal.SIGINT && TakesInterrupt?.Invoke() == true)
        {
            context.Cancel = true;
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
