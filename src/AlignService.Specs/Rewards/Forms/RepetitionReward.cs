using System.Runtime.InteropServices;

namespace AlignService.Specs.Rewards.Forms;

/// <summary>The share of n-grams that are not the first of their like, times a penalty (arXiv:2502.03373).</summary>
public sealed class RepetitionReward(RepetitionConfig config) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(Of(request.TokenIds)))];

    /// <param name="tokenIds">Fewer than an n-gram's: 0.</param>
    internal double Of(IReadOnlyList<int> tokenIds)
    {
        int count = tokenIds.Count - config.NgramSize + 1;
        if (count <= 0)
        {
            return 0;
        }

        int[] ids = [.. tokenIds];
        HashSet<string> distinct = [.. Enumerable.Range(0, count).Select(start => Key(ids.AsSpan(start, config.NgramSize)))];
        return (1 - distinct.Count / (double)count) * config.MaxPenalty;
    }

    /// <summary>The ids' bytes as the characters of a string: equal for equal n-grams only.</summary>
    private static string Key(ReadOnlySpan<int> ngram) => new(MemoryMarshal.Cast<int, char>(ngram));
}
