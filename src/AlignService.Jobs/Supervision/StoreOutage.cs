using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>A time without the store: one line in the log when it begins and one when it ends, and attempts that become rarer.</summary>
internal sealed class StoreOutage(TimeSpan firstPause, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private const int MostDoublings = 5;

    private int _failures;
    private long _lastFailure;

    /// <summary>How long to leave the store alone; null while it responds.</summary>
    public TimeSpan? Wait
    {
        get
        {
            if (_failures == 0)
            {
                return null;
            }

            TimeSpan pause = firstPause * Math.Pow(2, Math.Min(_failures - 1, MostDoublings));
            TimeSpan left = (pause < LongestPause ? pause : LongestPause) - time.GetElapsedTime(_lastFailure);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Note(DbException exception)
    {
        _lastFailure = time.GetTimestamp();
        if (_failures++ == 0)
        {
            SupervisorLog.StoreFailed(logger, exception.Message);
        }
    }

    public void End()
    {
        if (_failures > 0)
        {
            SupervisorLog.StoreResponds(logger, _failures);
            _failures = 0;
        }
    }
}
