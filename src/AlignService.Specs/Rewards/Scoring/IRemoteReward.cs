namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A source outside this process: it is asked before the others and collected after them, so that it works while they compute.</summary>
public interface IRemoteReward : IReward
{
    /// <summary>As <see cref="IReward.Score"/>, without holding the thread.</summary>
    /// <exception cref="UnscoredException">Completions are unscored, and the job is to fail then.</exception>
    /// <exception cref="ScoringPausedException">Completions are unscored, and the job is to pause then, or a user asked for it.</exception>
    Task<RemoteScores> ScoreAsync(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken);
}

/// <summary>What a source outside this process answered.</summary>
/// <param name="Scores">One per request, in order.</param>
/// <param name="Calls">What it took.</param>
/// <param name="Duration">From asking to the last answer.</param>
/// <param name="Messages">Messages for the user, besides missing scores.</param>
public sealed record RemoteScores(IReadOnlyList<RewardScore> Scores, CallReport Calls, TimeSpan Duration, IReadOnlyList<string> Messages);

/// <summary>The calls that a source outside this process took.</summary>
public sealed record CallReport
{
    /// <summary>Of each attempt, waiting for its turn left out.</summary>
    public IReadOnlyList<TimeSpan> Latencies { get; init; } = [];

    /// <summary>Attempts beyond the first of a call.</summary>
    public int Retries { get; init; }

    /// <summary>Attempts that gave no valid answer.</summary>
    public int Faults { get; init; }

    /// <summary>Completions, or groups, that were answered before.</summary>
    public int CacheHits { get; init; }

    /// <summary>Of prompts and answers, as the other side counts them.</summary>
    public long Tokens { get; init; }

    public static CallReport operator +(CallReport a, CallReport b) => new()
    {
        Latencies = [.. a.Latencies, .. b.Latencies],
        Retries = a.Retries + b.Retries,
        Faults = a.Faults + b.Faults,
        CacheHits = a.CacheHits + b.CacheHits,
        Tokens = a.Tokens + b.Tokens,
    };
}
