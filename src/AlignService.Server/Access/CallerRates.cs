using System.Collections.Concurrent;
using AlignService.Server.Hosting;

namespace AlignService.Server.Access;

/// <summary>How often each caller may call: a minute's calls at once, then as many as the time that passes allows. Each server counts for itself.</summary>
// Own buckets, not System.Threading.RateLimiting: those read the machine's clock, and a test would have to wait for it.
internal sealed class CallerRates(HostSettings settings, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Name, int Limit), Bucket> _buckets = new();

    /// <exception cref="RateLimitedException">The caller has used up its calls.</exception>
    public void Take(Caller caller)
    {
        int limit = caller.RequestsPerMinute > 0 ? caller.RequestsPerMinute : settings.RequestsPerMinute;
        if (limit > 0 && _buckets.GetOrAdd((caller.Name, limit), static (key, time) => new Bucket(key.Limit, time), time).Take() is { } wait)
        {
            throw new RateLimitedException($"{caller.Name} has made {limit} calls within a minute, which is its limit; try again in {Math.Ceiling(wait.TotalSeconds)} s.", wait);
        }
    }

    /// <summary>A token bucket that fills with time.</summary>
    private sealed class Bucket(int limit, TimeProvider time)
    {
        private readonly Lock _gate = new();
        private double _left = limit;
        private long _at = time.GetTimestamp();

        /// <summary>Null where the call is let in, else how long to wait.</summary>
        public TimeSpan? Take()
        {
            lock (_gate)
            {
                long now = time.GetTimestamp();
                double perSecond = limit / 60.0;
                _left = Math.Min(limit, _left + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
                _at = now;
                if (_left >= 1)
                {
                    _left--;
                    return null;
                }

                return TimeSpan.FromSeconds((1 - _left) / perSecond);
            }
        }
    }
}
