using System.Runtime.InteropServices;
using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>A penalty for repeated n-grams of tokens (arXiv:2502.03373).</summary>
public sealed record RepetitionConfig : RewardConfig
{
    /// <summary>Tokens per n-gram.</summary>
    [Setting(Min = 1, Unit = "{token}")]
    public int NgramSize { get; init; } = 3;

    /// <summary>Score if every n-gram is repeated; at most 0.</summary>
    [Setting(Max = 0)]
    public double MaxPenalty { get; init; } = -1;

    internal override IReward Create(RewardSetup setup) => new RepetitionReward(this);
}

/// <summary>The share of n-grams that occurred before, times a penalty (arXiv:2502.03373).</summary>
public sealed class RepetitionReward(RepetitionConfig config) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(Of(request.TokenIds)))];

    /// <param name="tokenIds">Fewer than one n-gram: 0.</param>
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
