using System.Runtime.ExceptionServices;
using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Scripts;
using AlignService.Specs.Rewards.Segments;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>A JavaScript expression or function, run in a sandbox.</summary>
public sealed record JavaScriptConfig : RewardConfig
{
    /// <summary>An expression, or a function named <c>reward</c>; at most <see cref="RewardScript.MaxLength"/> characters.</summary>
    [Setting]
    public required string Script { get; init; }

    /// <summary>Ends a segment of a completion, for scores per segment; null is none.</summary>
    [Setting]
    public string? SegmentDelimiter { get; init; }

    /// <summary>Every token is a segment; not together with <see cref="SegmentDelimiter"/>.</summary>
    [Setting]
    public bool SegmentPerToken { get; init; }

    internal override bool ScoresSegments => SegmentPerToken || SegmentDelimiter is not null;

    internal override IReward Create(RewardSetup setup) => new JavaScriptReward(this, this switch
    {
        { SegmentPerToken: true } => new EveryTokenSegmentFinder(setup.SegmentTokenizer),
        { SegmentDelimiter: string delimiter } => new DelimiterSegmentFinder(setup.SegmentTokenizer, delimiter),
        _ => null,
    });

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        CheckText("script", () => RewardScript.Parse(Script), violations);
        if (this is { SegmentPerToken: true, SegmentDelimiter: { } delimiter })
        {
            violations.Add("segment_per_token", $"it is true, but segment_delimiter is \"{delimiter}\"; leave one of the two out.", ViolationCode.Conflict);
        }
    }

    internal override void Try(ScoringRequest request, FieldViolations violations, CancellationToken cancellationToken)
    {
        string[] parts = SegmentPerToken ? request.Completion.Split(' ') : SegmentDelimiter is { } delimiter ? request.Completion.Split(delimiter) : [];
        IReadOnlyList<CompletionSegment>? segments = ScoresSegments ? [.. parts.Select((text, i) => new CompletionSegment(text, i, IsEnded: true))] : null;
        RewardScore score = RewardScript.Parse(Script).Run(request, segments, out bool broken, cancellationToken);
        if (broken)
        {
            violations.Add("script", $"it can score nothing; for a made-up completion of the first prompt {score.Reason}.");
        }
        else if (score.Reason is { } reason)
        {
            violations.Warn("script", $"it gave a made-up completion of the first prompt no score: {reason}.");
        }
    }
}

/// <summary>
/// A JavaScript expression or function as a source of reward. Every completion gets a fresh interpreter, so its score depends on nothing else. An error gives no
/// score, with the script's message and line.
/// </summary>
public sealed class JavaScriptReward : IReward
{
    /// <summary>How long to wait for a script that cannot be stopped, beyond the time that its completions may take.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly string _name;
    private readonly RewardScript _script;
    private readonly ISegmentFinder? _segments;

    /// <param name="config">The script.</param>
    /// <param name="segments">Finds the segments of completions; null where the script scores the whole.</param>
    /// <exception cref="RewardException">The script is not JavaScript, or uses something that is not allowed.</exception>
    public JavaScriptReward(JavaScriptConfig config, ISegmentFinder? segments)
    {
        _name = config.Name;
        _script = RewardScript.Parse(config.Script);
        _segments = segments;
    }

    /// <summary>Scripts run on a separate thread, which is abandoned if a built-in function never returns.</summary>
    /// <exception cref="RewardException">The script could not be stopped.</exception>
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        var scores = new RewardScore[requests.Count];
        ExceptionDispatchInfo? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                for (int row = 0; row < requests.Count; row++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Heartbeat.Beat();
                    scores[row] = _script.Run(requests[row], _segments?.Find(requests[row]), cancellationToken);
                }
            }
            catch (Exception thrown)
            {
                fault = ExceptionDispatchInfo.Capture(thrown);
            }
        })
        { IsBackground = true, Name = $"reward {_name}" };
        thread.Start();
        if (!thread.Join(ScriptSandbox.TimeLimit * requests.Count + Grace))
        {
            throw new RewardException($"Reward {_name}: the script could not be stopped; a built-in function that it calls takes too long. Give it less text.");
        }

        fault?.Throw();
        return scores;
    }
}
