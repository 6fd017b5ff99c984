using System.Diagnostics;
using System.Threading.RateLimiting;
using AlignService.Text;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>
/// Makes the calls of one source, as its settings allow: so many at once and per minute, each attempt within its time, again where a fault may pass, and none for a while
/// where most of them fail. Lives as long as the source.
/// </summary>
internal sealed class CallGuard : IDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30), LongestAskedDelay = TimeSpan.FromMinutes(10), BreakWindow = TimeSpan.FromSeconds(30);

    private readonly string _source;
    private readonly CallConfig _config;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _slots;
    private readonly TokenBucketRateLimiter? _requests;
    private readonly TokenBucketRateLimiter? _tokens;
    private readonly int _tokenLimit;
    private readonly ResiliencePipeline _retries;
    private readonly ResiliencePipeline _breaker;

    /// <param name="source">The reward's name.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="tokensPerMinute">Of a judge; null is no limit.</param>
    /// <param name="setup">Clock and first delay between attempts.</param>
    public CallGuard(string source, CallConfig config, int? tokensPerMinute, RemoteSetup setup)
    {
        (_source, _config, _time) = (source, config, setup.Time);
        _slots = new(config.Concurrency, config.Concurrency);
        _requests = config.RequestsPerMinute is { } requests ? Bucket(requests, Math.Max(1, requests / 60)) : null;
        _tokenLimit = tokensPerMinute ?? 0;
        _tokens = tokensPerMinute is { } tokens ? Bucket(tokens, tokens) : null;
        _retries = Retries(config, setup);
        _breaker = Breaker(config, setup.Time);
    }

    /// <summary>The last fault of any call, as a clause; null where there was none.</summary>
    public string? LastFault { get; private set; }

    /// <summary>One call, in as many attempts as it takes and may take.</summary>
    /// <param name="call">One attempt.</param>
    /// <param name="statistics">Receives what it took.</param>
    /// <param name="expectedTokens">Of prompt and answer; 0 where tokens are not limited.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="ScorerException">No attempt gave a valid answer.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CallStatistics statistics, int expectedTokens, CancellationToken cancellationToken)
    {
        int attempt = 0;
        return await _retries.ExecuteAsync(
            async token =>
            {
                using Slot slot = await TakeSlotAsync(expectedTokens, token);
                return await WhenClosedAsync(inner => AttemptAsync(call, statistics, ++attempt, inner), token);
            },
            cancellationToken);
    }

    /// <summary>Takes what an answer had more tokens than were expected from the budget, as far as it has them: the next calls wait the longer.</summary>
    public void ChargeTokens(long more)
    {
        if (_tokens is not null && Math.Min(more, _tokens.GetStatistics()?.CurrentAvailablePermits ?? 0) is > 0 and var charged)
        {
            using RateLimitLease lease = _tokens.AttemptAcquire((int)charged);
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        _requests?.Dispose();
        _tokens?.Dispose();
    }

    private async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> call, CallStatistics statistics, int attempt, CancellationToken cancellationToken)
    {
        using Activity? span = RewardDiagnostics.StartCall(_source, attempt);
        using var timeout = new CancellationTokenSource(_config.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        long start = _time.GetTimestamp();
        try
        {
            // Whatever the other side does, the wait ends with the token.
            T answer = await call(either.Token).WaitAsync(either.Token);
            statistics.AddAttempt(_time.GetElapsedTime(start), attempt > 1, isFault: false);
            return answer;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            ScorerException fault = timeout.IsCancellationRequested
                ? new ScorerException($"it did not answer within {CallConfig.Seconds(_config.Timeout)}", isTransient: true)
                : exception as ScorerException ?? new ScorerException($"the call failed with {exception.GetType().Name}: {ShortText.Cut(exception.Message)}", isTransient: false);
            statistics.AddAttempt(_time.GetElapsedTime(start), attempt > 1, isFault: true);
            LastFault = fault.Message;
            span?.SetStatus(ActivityStatusCode.Error, fault.Message);
            throw fault;
        }
    }

    /// <summary>An open circuit is waited for: the deadline says for how long.</summary>
    private async Task<T> WhenClosedAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _breaker.ExecuteAsync(async token => await attempt(token), cancellationToken);
            }
            catch (BrokenCircuitException broken)
            {
                TimeSpan wait = broken.RetryAfter is { } after && after > TimeSpan.Zero ? after : _config.BreakDuration / 10;
                await Task.Delay(wait, _time, cancellationToken);
            }
        }
    }

    private async Task<Slot> TakeSlotAsync(int expectedTokens, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            if (_requests is not null)
            {
                using RateLimitLease request = await _requests.AcquireAsync(1, cancellationToken);
            }

            if (_tokens is not null)
            {
                using RateLimitLease tokens = await _tokens.AcquireAsync(Math.Clamp(expectedTokens, 1, _tokenLimit), cancellationToken);
            }

            return new Slot(_slots);
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    private static TokenBucketRateLimiter Bucket(int perMinute, int burst) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = burst,
        TokensPerPeriod = Math.Max(1, perMinute / 600),
        ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute * Math.Max(1, perMinute / 600),
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        AutoReplenishment = true,
    });

    private static ResiliencePipeline Retries(CallConfig config, RemoteSetup setup) => config.Attempts == 1 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = setup.Time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<ScorerException>(fault => fault.IsTransient),
            MaxRetryAttempts = config.Attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = setup.FirstDelay,
            MaxDelay = LongestDelay,
            DelayGenerator = arguments => ValueTask.FromResult(
                (arguments.Outcome.Exception as ScorerException)?.RetryAfter is { } asked ? asked < LongestAskedDelay ? asked : LongestAskedDelay : (TimeSpan?)null),
        })
        .Build();

    private static ResiliencePipeline Breaker(CallConfig config, TimeProvider time) => config.BreakAfter is not { } attempts ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = time }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<ScorerException>(),
            FailureRatio = 0.5,
            MinimumThroughput = attempts,
            SamplingDuration = BreakWindow,
            BreakDuration = config.BreakDuration,
        })
        .Build();

    private readonly struct Slot(SemaphoreSlim slots) : IDisposable
    {
        public void Dispose() => slots.Release();
    }
}

/// <summary>A span for each attempt, inside the step's; what listens is the process's decision.</summary>
internal static class RewardDiagnostics
{
    public const string SourceName = "AlignService.Rewards";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The other side continues the trace: the HTTP client sends it as traceparent.</summary>
    public static Activity? StartCall(string source, int attempt)
    {
        Activity? span = Source.StartActivity("reward_call", ActivityKind.Client);
        span?.SetTag("reward.source", source);
        span?.SetTag("attempt", attempt);
        return span;
    }
}
