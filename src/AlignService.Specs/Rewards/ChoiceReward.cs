using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>1 if the option that the completion ends up with is that of the prompt's answer, else 0.</summary>
public sealed record ChoiceConfig : RewardConfig
{
    /// <summary>Letters or words to choose from, at least two.</summary>
    [Setting]
    public IReadOnlyList<string> Options { get; init; } = ["A", "B", "C", "D", "E"];

    internal override bool NeedsAnswer => true;

    internal override IReward Create(RewardSetup setup) => new ChoiceReward(this);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (Options.Count < 2)
        {
            violations.Add("options", $"there are too few options ({Options.Count}); a choice needs at least 2.", ViolationCode.OutOfRange);
        }

        if (Options.Any(string.IsNullOrWhiteSpace))
        {
            violations.Add("options", "an option is empty.");
        }

        if (Options.GroupBy(option => option, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            violations.Add("options", $"\"{twice.Key}\" occurs {twice.Count()} times (ignoring case); options must differ.", ViolationCode.Conflict);
        }
    }
}

/// <summary>1 if the option that the completion ends up with is that of the prompt's answer, else 0.</summary>
public sealed class ChoiceReward(ChoiceConfig config) : IReward
{
    private readonly ChosenOption _chosen = new(config.Options);

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        if (request.Prompt.Answer is not string answer || _chosen.Of(answer) is not string expected)
        {
            return RewardScore.None($"the prompt's answer names none of the options {string.Join(", ", config.Options)}");
        }

        return RewardScore.Of(_chosen.Of(request.Completion) == expected ? 1 : 0);
    }
}
