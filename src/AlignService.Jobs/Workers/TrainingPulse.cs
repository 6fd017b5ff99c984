namespace AlignService.Jobs.Workers;

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
