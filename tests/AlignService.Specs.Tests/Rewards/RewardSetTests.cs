using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Specs.Tests.Rewards;

/// <summary>What a source throws is no score and a reason; the others, and the job, go on.</summary>
public sealed class RewardSetTests
{
    private static readonly ScoringRequest[] Requests = [.. new[] { "good", "bad", "fine" }.Select((text, i) => new ScoringRequest(new Prompt(i, "p", null, null), text, [0], false))];

    [Fact]
    public void Score_OneCompletionThatASourceCannotTake_CostsOnlyItsOwnScore()
    {
        ScoreTable table = Score(new Source(request => request.Completion == "bad" ? throw new FormatException("no digit") : 1));

        Assert.Equal([1, double.NaN, 1], table.Scores.Select(row => row[0]));
        Assert.Equal("reward test gave no score to 1 of 3 completions: it failed with FormatException: no digit", Assert.Single(table.Messages));
    }

    [Fact]
    public void Score_ASourceThatAlwaysThrows_LeavesTheOthersTheirScores()
    {
        using RewardSet set = new([new("broken", 1, new Source(_ => throw new InvalidOperationException(new string('x', 10_000)))), new("other", 1, new Source(_ => 2))], TimeProvider.System);

        ScoreTable table = set.Score(Requests, TestContext.Current.CancellationToken);

        Assert.All(table.Scores, row => Assert.Equal([double.NaN, 2], row));
        Assert.InRange(Assert.Single(table.Messages).Length, 500, 600);
    }

    [Fact]
    public void Score_TooFewScores_AreNotTakenForOthers()
    {
        ScoreTable table = Score(new Short());

        Assert.All(table.Scores, row => Assert.Equal(double.NaN, row[0]));
        Assert.Contains("the source gave 1 scores for 3 completions", Assert.Single(table.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Score_ManyReasons_AreFewMessages()
    {
        ScoringRequest[] many = [.. Enumerable.Range(0, 50).Select(i => new ScoringRequest(new Prompt(i, "p", null, null), $"{i}", [0], false))];
        using RewardSet set = new([new("test", 1, new Source(request => throw new FormatException(request.Completion)))], TimeProvider.System);

        ScoreTable table = set.Score(many, TestContext.Current.CancellationToken);

        Assert.Equal(6, table.Messages.Count);
        Assert.Contains("45 further completions, for 45 other reasons", table.Messages[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Score_Cancelled_IsCancelled()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using RewardSet set = new([new("test", 1, new Source(_ => throw new OperationCanceledException(cancelled.Token)))], TimeProvider.System);

        Assert.Throws<OperationCanceledException>(() => set.Score(Requests, cancelled.Token));
    }

    private static ScoreTable Score(IReward reward)
    {
        using RewardSet set = new([new("test", 1, reward)], TimeProvider.System);
        return set.Score(Requests, TestContext.Current.CancellationToken);
    }

    private sealed class Source(Func<ScoringRequest, double> score) : IReward
    {
        public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(request => RewardScore.Of(score(request)))];
    }

    private sealed class Short : IReward
    {
        public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [RewardScore.Of(1)];
    }
}
