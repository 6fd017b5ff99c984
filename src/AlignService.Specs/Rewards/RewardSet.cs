using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>All reward sources of a job.</summary>
public sealed class RewardSet(IReadOnlyList<RewardSource> sources, TimeProvider time) : IDisposable
{
    public IReadOnlyList<RewardSource> Sources { get; } = sources;

    /// <summary>Scores every completion with every source.</summary>
    public ScoreTable Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        double[][] scores = [.. requests.Select(_ => new double[Sources.Count])];
        IReadOnlyList<SegmentScore>?[][] segments = [.. requests.Select(_ => new IReadOnlyList<SegmentScore>?[Sources.Count])];
        var latencies = new TimeSpan[Sources.Count];
        List<string> messages = [];
        for (int source = 0; source < Sources.Count; source++)
        {
            long start = time.GetTimestamp();
            IReadOnlyList<RewardScore> column = Sources[source].Reward.Score(requests, cancellationToken);
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

    private static IEnumerable<string> Missing(string name, IReadOnlyList<RewardScore> column) => column
        .Where(score => score.Value is null)
        .GroupBy(score => score.Reason)
        .Select(group => $"reward {name} gave no score to {group.Count()} of {column.Count} completions: {group.Key}");
}
