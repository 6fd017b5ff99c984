using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>All reward sources of a job.</summary>
public sealed class RewardSet(IReadOnlyList<RewardSource> sources, TimeProvider time) : IDisposable
{
    /// <summary>Different reasons that are named per source and step.</summary>
    private const int MaxReasons = 5;

    public IReadOnlyList<RewardSource> Sources { get; } = sources;

    /// <summary>Scores every completion with every source. A source that throws gives no score, and the reason is reported.</summary>
    public ScoreTable Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        double[][] scores = [.. requests.Select(_ => new double[Sources.Count])];
        IReadOnlyList<SegmentScore>?[][] segments = [.. requests.Select(_ => new IReadOnlyList<SegmentScore>?[Sources.Count])];
        var latencies = new TimeSpan[Sources.Count];
        List<string> messages = [];
        for (int source = 0; source < Sources.Count; source++)
        {
            long start = time.GetTimestamp();
            IReadOnlyList<RewardScore> column = Ask(Sources[source].Reward, requests, cancellationToken);
            latencies[source] = time.GetElapsedTime(start);
            for (int row = 0; row < requests.Count; row++)
            {
                scores[row][source] = column[row].Value ?? double.NaN;
                segments[row][source] = column[row].Segments;
            }

            messages.AddRange(Missing(Sources[source].Name, column));
        }

        bool anySegments = segments.Any(row => row.Any(source => source is not null));
        return new(scores, latencies, messages) { Segments = anySegments ? segments : [] };
    }

    public void Dispose()
    {
        foreach (RewardSource source in Sources)
        {
            (source.Reward as IDisposable)?.Dispose();
        }
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
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
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
    /// <summary>[B][K] scores of segments; null where a source scored only the whole completion. Empty where no source scored segments.</summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<SegmentScore>?>> Segments { get; init; } = [];
}
