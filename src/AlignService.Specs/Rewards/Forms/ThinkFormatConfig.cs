namespace AlignService.Specs.Rewards.Forms;

/// <summary>1 if the completion thinks in tags first, and only once.</summary>
public sealed record ThinkFormatConfig : RewardConfig
{
    /// <summary>The tag's name.</summary>
    public string Tag { get; init; } = "think";

    /// <summary>The chat template opens the tag already, so the completion has none.</summary>
    public bool OpenedByPrompt { get; init; }
}
