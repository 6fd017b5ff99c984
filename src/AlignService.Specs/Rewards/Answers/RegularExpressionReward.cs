using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the pattern is found in the completion's text, else 0. Matched without backtracking, so that no text can make it slow.</summary>
public sealed class RegularExpressionReward : IReward
{
    private readonly Regex _pattern;

    /// <exception cref="RewardException">The pattern is not a regular expression, or needs backtracking.</exception>
    public RegularExpressionReward(RegularExpressionConfig config)
    {
        string pattern = config.FullMatch ? $@"\A(?:{config.Pattern})\z" : config.Pattern;
        try
        {
            _pattern = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw new RewardException(
                $"Reward {config.Name}: the pattern \"{config.Pattern}\" cannot be used: {fault.Message} Patterns are .NET regular expressions without look-around, back-references and atomic groups.");
        }
    }

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(_pattern.IsMatch(request.Completion) ? 1 : 0))];
}
