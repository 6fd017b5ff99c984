namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the option that the completion ends up with is that of the prompt's answer, else 0.</summary>
public sealed record ChoiceConfig : RewardConfig
{
    /// <summary>Letters or words to choose from, at least two.</summary>
    public IReadOnlyList<string> Options { get; init; } = ["A", "B", "C", "D", "E"];
}
