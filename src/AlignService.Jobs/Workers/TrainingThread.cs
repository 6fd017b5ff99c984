using System.Diagnostics;
using System.Threading.Channels;

namespace AlignService.Jobs.Workers;

/// <summary>The only thread that uses a training run: tensor scopes belong to a thread, and a step must not delay lease renewals.</summary>
internal sealed class TrainingThread : IAsyncDisposable
{
    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TrainingPulse _pulse;

    /// <param name="pulse">Is told when the thread is at work.</param>
    public TrainingThread(TrainingPulse pulse)
    {
        _pulse = pulse;
        new Thread(Serve) { IsBackground = true, Name = "training" }.Start();
    }

    /// <summary>Runs the work on the thread, inside the caller's trace span.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Activity? span = Activity.Current;
        bool taken = _work.Writer.TryWrite(() =>
        {
            Activity.Current = span;
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                // The awaiting side decides what it means.
                done.SetException(exception);
            }
            finally
            {
                Activity.Current = null;
            }
        });
        ObjectDisposedException.ThrowIf(!taken, this);
        return done.Task;
    }

    public Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Waits for the current work.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _ended.Task;
    }

    private void Serve()
    {
        // This thread has nothing else to do than to wait.
        while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_work.Reader.TryRead(out Action? work))
            {
                _pulse.Begin();
                work();
                _pulse.End();
            }
        }

        _ended.SetResult();
    }
}

/// <summary>Tells whether the training thread still does anything while it is at work: native code that hangs returns from no call and sees no cancellation.</summary>
/// <param name="heartbeat">Rises with the work done; read from any thread.</param>
/// <param name="time">The clock, monotonic.</param>
internal sealed class TrainingPulse(Func<long> heartbeat, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _workCount;
    private bool _isWorking;
    private (long Work, long Beat, long Since)? _seen;

    /// <summary>The thread begins a piece of work.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _workCount++;
            _isWorking = true;
        }
    }

    /// <summary>The thread waits for the next piece of work.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isWorking = false;
        }
    }

    /// <summary>How long the work in hand has been seen without any progress; zero where there is none. Each call is a look: ask often enough.</summary>
    public TimeSpan StillFor()
    {
        lock (_lock)
        {
            if (!_isWorking)
            {
                _seen = null;
                return TimeSpan.Zero;
            }

            long beat = heartbeat();
            if (_seen is { } seen && seen.Work == _workCount && seen.Beat == beat)
            {
                return time.GetElapsedTime(seen.Since);
            }

            _seen = (_workCount, beat, time.GetTimestamp());
            return TimeSpan.Zero;
        }
    }
}
