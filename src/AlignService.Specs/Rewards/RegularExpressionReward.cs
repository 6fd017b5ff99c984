using System.Text.RegularExpressions;
using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Schemas;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>1 if the pattern is found in the completion's text, else 0.</summary>
public sealed record RegularExpressionConfig : RewardConfig
{
    /// <summary>A .NET regular expression, matched without backtracking.</summary>
    [Setting]
    public required string Pattern { get; init; }

    /// <summary>The whole text must match.</summary>
    [Setting]
    public bool FullMatch { get; init; }

    internal override IReward Create(RewardSetup setup) => new RegularExpressionReward(this);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (Pattern.Length == 0)
        {
            violations.Add("pattern", "it is empty and would match everything; give a .NET regular expression.", ViolationCode.Missing);
            return;
        }

        if (PatternLimits.FindFault(Pattern) is { } tooMuch)
        {
            violations.Add("pattern", $"it {tooMuch}.", ViolationCode.OutOfRange);
            return;
        }

        try
        {
            _ = PatternLimits.Compile(Pattern);
        }
        catch (ArgumentException exception)
        {
            violations.Add("pattern", $"\"{Pattern}\" is not a regular expression: {exception.Message}");
        }
        catch (NotSupportedException exception)
        {
            violations.Add("pattern", $"\"{Pattern}\" needs backtracking, which could take exponential time on some completions ({exception.Message}). Write it without look-around and back-references.");
        }
    }

    internal override void Try(ScoringRequest request, FieldViolations violations, CancellationToken cancellationToken)
    {
        try
        {
            _ = new RegularExpressionReward(this).Score([request], cancellationToken);
        }
        catch (Exception fault) when (fault is RegexMatchTimeoutException or RewardException)
        {
            violations.Add("pattern", fault is RewardException ? fault.Message : $"one match took more than {PatternLimits.OfOneMatch.TotalSeconds} s; write a simpler pattern.");
        }
    }
}

/// <summary>1 if the pattern is found in the completion's text, else 0. Matched without backtracking, so no text can make it slow.</summary>
public sealed class RegularExpressionReward : IReward
{
    private readonly Regex _pattern;

    /// <exception cref="RewardException">The pattern is not a regular expression, or needs backtracking.</exception>
    public RegularExpressionReward(RegularExpressionConfig config)
    {
        string pattern = config.FullMatch ? $@"\A(?:{config.Pattern})\z" : config.Pattern;
        try
        {
            _pattern = PatternLimits.Compile(pattern);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw new RewardException(
                $"Reward {config.Name}: the pattern \"{config.Pattern}\" cannot be used: {fault.Message} Patterns are .NET regular expressions without look-around, back-references and atomic groups.");
        }
    }

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request =>
        {
            Heartbeat.Beat();
            cancellationToken.ThrowIfCancellationRequested();
            return RewardScore.Of(_pattern.IsMatch(request.Completion) ? 1 : 0);
        })];
}
