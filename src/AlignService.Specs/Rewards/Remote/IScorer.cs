using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>The other side of a reward outside the worker, and how it is spoken to. Used by many threads at once.</summary>
internal interface IScorer : IDisposable
{
    /// <summary>What its answers depend on besides what is asked: address, model, and so on.</summary>
    string Identity { get; }

    /// <summary>Completions in one call, at most.</summary>
    int BatchSize { get; }

    /// <summary>The answers about a unit that need no call; null where it has to be asked about.</summary>
    IReadOnlyList<ScoreAnswer>? AnswerWithoutCall(ScoringUnit unit) => null;

    /// <summary>What is asked about a unit; equal content has equal answers.</summary>
    byte[] ContentOf(ScoringUnit unit);

    /// <summary>Tokens that a call is expected to take; 0 where they are not limited.</summary>
    int ExpectedTokens(AskedUnit unit) => 0;

    /// <summary>One attempt at one call.</summary>
    /// <exception cref="ScorerException">There is no valid answer.</exception>
    Task<ScorerReply> AskAsync(IReadOnlyList<AskedUnit> batch, CancellationToken cancellationToken);
}

/// <summary>What is asked about and answered as a whole: a completion, or the completions of one prompt.</summary>
/// <param name="Completions">At least one.</param>
internal sealed record ScoringUnit(IReadOnlyList<ScorableCompletion> Completions);

/// <summary>A completion to score, with its segments where the source scores them.</summary>
/// <param name="Request">The completion.</param>
/// <param name="Segments">Null where the source scores the whole.</param>
internal sealed record ScorableCompletion(ScoringRequest Request, IReadOnlyList<CompletionSegment>? Segments)
{
    /// <summary>Without a score of its own a completion has the mean of its segments'.</summary>
    public RewardScore ToScore(ScoreAnswer answer) => answer switch
    {
        { Segments: { } scores } => SegmentScores.ToScore(Segments!, scores), // there are as many, which was checked when the answer came
        { Score: { } score } => RewardScore.Of(score),
        _ => RewardScore.None(answer.NoScore is { Length: > 0 } reason ? reason : "the scorer gave neither a score nor a reason"),
    };
}

/// <summary>A unit that is sent.</summary>
/// <param name="Key">Of its content.</param>
/// <param name="Unit">The completions.</param>
/// <param name="Content">What is asked about it.</param>
internal sealed record AskedUnit(UInt128 Key, ScoringUnit Unit, byte[] Content)
{
    /// <summary>The first half of a SHA-256.</summary>
    public static AskedUnit Of(ScoringUnit unit, IScorer scorer)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(scorer.Identity)));
        byte[] content = scorer.ContentOf(unit);
        hash.AppendData(content);
        return new(BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset()), unit, content);
    }
}

/// <summary>What one call answered.</summary>
/// <param name="Units">One per unit of the call, in order.</param>
internal sealed record ScorerReply(IReadOnlyList<UnitReply> Units)
{
    /// <summary>Of prompt and answer, as the other side counts them; 0 where it does not.</summary>
    public long Tokens { get; init; }
}

/// <summary>The answers about the completions of a unit, or why they are not valid.</summary>
internal readonly record struct UnitReply(IReadOnlyList<ScoreAnswer>? Answers, string? Fault);

/// <summary>Where a scorer is, and what its calls hold.</summary>
/// <param name="Source">The reward's name.</param>
/// <param name="Address">Of the service, or the URL to post to.</param>
/// <param name="BatchSize">Completions in one call, at most.</param>
/// <param name="Calls">How it is asked.</param>
internal sealed record ScorerTarget(string Source, Uri Address, int BatchSize, CallConfig Calls);
