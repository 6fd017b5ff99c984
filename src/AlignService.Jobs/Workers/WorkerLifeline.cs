using System.Diagnostics;

namespace AlignService.Jobs.Workers;

/// <summary>
/// A supervised worker's connection to its supervisor: its standard input. When that ends, because the supervisor closed it or died, the worker must release
/// its job; if it still runs after a grace period, it kills itself, whatever its native code is doing.
/// </summary>
public sealed class WorkerLifeline : IDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private readonly Stream _input;
    private readonly Action _end;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;
    private ITimer? _timer;

    /// <param name="input">Standard input.</param>
    /// <param name="grace">Time between losing the supervisor and killing itself.</param>
    /// <param name="time">The clock of the grace period.</param>
    public WorkerLifeline(Stream input, TimeSpan grace, TimeProvider time)
        : this(input, grace, time, KillThisProcess)
    {
    }

    internal WorkerLifeline(Stream input, TimeSpan grace, TimeProvider time, Action end)
    {
        _input = input;
        _grace = grace;
        _time = time;
        _end = end;
        // A thread of its own: reading standard input blocks, and nothing may hold it up.
        new Thread(Watch) { IsBackground = true, Name = "lifeline" }.Start();
    }

    /// <summary>Cancelled when the supervisor asks the worker to stop, or has exited.</summary>
    public CancellationToken Cut => _cut.Token;

    public void Dispose() => _timer?.Dispose();

    private void Watch()
    {
        byte[] buffer = new byte[256];
        try
        {
            while (_input.Read(buffer) > 0)
            {
                // Nothing is ever said on it.
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }

        _timer = _time.CreateTimer(_ => _end(), null, _grace, Timeout.InfiniteTimeSpan);
        _cut.Cancel();
    }

    /// <summary>For a process that does not end by itself.</summary>
    internal static void KillThisProcess()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
