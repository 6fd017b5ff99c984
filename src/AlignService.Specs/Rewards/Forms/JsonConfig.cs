namespace AlignService.Specs.Rewards.Forms;

/// <summary>1 if the completion is JSON, and of the schema where there is one, else 0.</summary>
public sealed record JsonConfig : RewardConfig
{
    /// <summary>A JSON schema (2020-12) as text; null asks for JSON of any form.</summary>
    public string? Schema { get; init; }

    /// <summary>The first ``` fence counts instead of the whole completion, where there is one.</summary>
    public bool AllowCodeFence { get; init; }
}
