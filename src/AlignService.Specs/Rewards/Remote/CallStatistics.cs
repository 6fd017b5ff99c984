namespace AlignService.Specs.Rewards.Remote;

/// <summary>Counts the calls of one scoring; written from many threads.</summary>
internal sealed class CallStatistics
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _latencies = [];
    private int _retries;
    private int _faults;
    private int _cacheHits;
    private long _tokens;

    public void AddAttempt(TimeSpan latency, bool isRetry, bool isFault)
    {
        lock (_lock)
        {
            _latencies.Add(latency);
            _retries += isRetry ? 1 : 0;
            _faults += isFault ? 1 : 0;
        }
    }

    public void AddCacheHits(int count) => Interlocked.Add(ref _cacheHits, count);

    public void AddTokens(long count) => Interlocked.Add(ref _tokens, count);

    public Scoring.CallReport Report()
    {
        lock (_lock)
        {
            return new() { Latencies = [.. _latencies], Retries = _retries, Faults = _faults, CacheHits = _cacheHits, Tokens = _tokens };
        }
    }
}
