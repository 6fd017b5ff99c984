namespace AlignService.Client.Tests;

/// <summary>Time passes when somebody waits for it, and takes none.</summary>
internal sealed class ImpatientTime : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            Interlocked.Add(ref _now, dueTime.Ticks);
        }

        return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
