using Microsoft.Extensions.Time.Testing;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A clock that only the test moves, and that tells when somebody waits for it: a test moves it then, and needs no sleep.</summary>
internal sealed class AwaitableClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock _lock = new();
    private readonly HashSet<DueTimer> _pending = [];
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the next timer is made. Ask before moving the clock.</summary>
    public Task NextTimerAsync()
    {
        lock (_lock)
        {
            return _next.Task;
        }
    }

    /// <summary>Completes when a timer is pending that fires at this time.</summary>
    public async Task TimerDueAtAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (_lock)
            {
                if (_pending.Any(timer => timer.Due == due))
                {
                    return;
                }

                next = _next.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Moves the clock to the next pending timer; false where there is none.</summary>
    public bool TryAdvanceToNextTimer()
    {
        TimeSpan wait;
        lock (_lock)
        {
            DateTimeOffset now = GetUtcNow();
            DateTimeOffset[] due = [.. _pending.Select(timer => timer.Due).Where(due => due > now && due < DateTimeOffset.MaxValue)];
            if (due.Length == 0)
            {
                return false;
            }

            wait = due.Min() - now;
        }

        Advance(wait);
        return true;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        DateTimeOffset due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : GetUtcNow() + dueTime;
        var timer = new DueTimer(this, base.CreateTimer(callback, state, dueTime, period), due);
        lock (_lock)
        {
            _pending.Add(timer);
            _next.SetResult();
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return timer;
    }

    private void Forget(DueTimer timer)
    {
        lock (_lock)
        {
            _pending.Remove(timer);
        }
    }

    private sealed class DueTimer(AwaitableClock clock, ITimer inner, DateTimeOffset due) : ITimer
    {
        public DateTimeOffset Due => due;

        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            clock.Forget(this);
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            clock.Forget(this);
            return inner.DisposeAsync();
        }
    }
}
