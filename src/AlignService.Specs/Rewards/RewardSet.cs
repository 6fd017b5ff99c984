using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>All reward sources of a job.</summary>
public sealed class RewardSet(IReadOnlyList<RewardSource> sources, TimeProvider time) : IDisposable
{
    /// <summary>Different reasons that are named per source and step.</summary>
    private const int MaxReasons = 5;

    public IReadOnlyList<RewardSource> Sources { get; } = sources;

    /// <summary>Scores every completion with every source. A source that throws gives no score, and the reason is reported.</summary>
    /// <exception cref="UnscoredException">A source outside the worker did not answer, and the job is to fail then.</exception>
    /// <exception cref="ScoringPausedException">The same, and the job is to pause then; or a user asked for it.</exception>
    public ScoreTable Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        // Those outside the worker are asked first, so that they work while the others compute.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<RemoteScores>?[] remote = [.. Sources.Select(source => (source.Reward as IRemoteReward)?.ScoreAsync(requests, ending.Token))];
        try
        {
            return Collect(requests, remote, cancellationToken);
        }
        finally
        {
            // Where one ends the step, the others have no one to answer to.
            ending.Cancel();
            Task.WhenAll(remote.OfType<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }

    public void Dispose()
    {
        foreach (RewardSource source in Sources)
        {
            (source.Reward as IDisposable)?.Dispose();
        }
    }

    private ScoreTable Collect(IReadOnlyList<ScoringRequest> requests, Task<RemoteScores>?[] remote, CancellationToken cancellationToken)
    {
        double[][] scores = [.. requests.Select(_ => new double[Sources.Count])];
        string?[][] reasons = [.. requests.Select(_ => new string?[Sources.Count])];
        IReadOnlyList<SegmentScore>?[][] segments = [.. requests.Select(_ => new IReadOnlyList<SegmentScore>?[Sources.Count])];
        var latencies = new TimeSpan[Sources.Count];
        var messages = new List<string>[Sources.Count];
        Dictionary<string, CallReport> calls = [];
        foreach (int source in Enumerable.Range(0, Sources.Count).OrderBy(source => remote[source] is not null))
        {
            long start = time.GetTimestamp();
            RemoteScores? answer = remote[source]?.GetAwaiter().GetResult();
            IReadOnlyList<RewardScore> column = answer?.Scores ?? Ask(Sources[source].Reward, requests, cancellationToken);
            latencies[source] = answer?.Duration ?? time.GetElapsedTime(start);
            messages[source] = [.. Missing(Sources[source].Name, column), .. (answer?.Messages ?? []).Select(message => $"reward {Sources[source].Name}: {message}")];
            if (answer is not null)
            {
                calls[Sources[source].Name] = answer.Calls;
            }

            for (int row = 0; row < requests.Count; row++)
            {
                scores[row][source] = column[row].Value ?? double.NaN;
                reasons[row][source] = column[row].Reason;
                segments[row][source] = column[row].Segments;
            }
        }

        bool anySegments = segments.Any(row => row.Any(source => source is not null));
        return new(scores, latencies, [.. messages.SelectMany(list => list)]) { Reasons = reasons, Segments = anySegments ? segments : [], Calls = calls };
    }

    /// <summary>All at once; where that fails, one by one, so that one completion does not cost the others their scores.</summary>
    private static IReadOnlyList<RewardScore> Ask(IReward reward, IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<RewardScore> scores = reward.Score(requests, cancellationToken);
            return scores.Count == requests.Count
                ? scores
                : [.. requests.Select(_ => RewardScore.None($"the source gave {scores.Count} scores for {requests.Count} completions"))];
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is not UnscoredException and not ScoringPausedException)
        {
            return requests.Count == 1 ? [RewardScore.None(Reason(exception))] : [.. requests.SelectMany(request => Ask(reward, [request], cancellationToken))];
        }
    }

    private static string Reason(Exception exception) => exception is AlignException ? exception.Message : $"it failed with {exception.GetType().Name}: {exception.Message}";

    private static IEnumerable<string> Missing(string name, IReadOnlyList<RewardScore> column)
    {
        IGrouping<string?, RewardScore>[] reasons = [.. column.Where(score => score.Value is null).GroupBy(score => score.Reason).OrderByDescending(group => group.Count())];
        foreach (IGrouping<string?, RewardScore> group in reasons.Take(MaxReasons))
        {
            yield return $"reward {name} gave no score to {group.Count()} of {column.Count} completions: {group.Key}";
        }

        if (reasons.Length > MaxReasons)
        {
            yield return $"reward {name} gave no score to {reasons.Skip(MaxReasons).Sum(group => group.Count())} further completions, for {reasons.Length - MaxReasons} other reasons";
        }
    }
}

/// <summary>A reward with its name and weight.</summary>
/// <param name="Name">Unique within the job.</param>
/// <param name="Weight">Factor of its score; 0 is reported, but not trained on.</param>
/// <param name="Reward">The scorer.</param>
public sealed record RewardSource(string Name, double Weight, IReward Reward);

/// <summary>The scores of every source for every completion.</summary>
/// <param name="Scores">[B][K]; NaN is "no score".</param>
/// <param name="Latencies">[K], the time that each source took.</param>
/// <param name="Messages">Messages for the user: missing scores, and why.</param>
public sealed record ScoreTable(IReadOnlyList<IReadOnlyList<double>> Scores, IReadOnlyList<TimeSpan> Latencies, IReadOnlyList<string> Messages)
{
    /// <summary>[B][K] why there is no score; null where there is one.</summary>
    public IReadOnlyList<IReadOnlyList<string?>> Reasons { get; init; } = [];

    /// <summary>[B][K] scores of segments; null where a source scored only the whole completion. Empty where no source scored segments.</summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<SegmentScore>?>> Segments { get; init; } = [];

    /// <summary>What each source outside the worker took, by its name.</summary>
    public IReadOnlyDictionary<string, CallReport> Calls { get; init; } = new Dictionary<string, CallReport>();
}
