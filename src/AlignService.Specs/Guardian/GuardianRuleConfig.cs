using AlignService.Specs.Binding;

namespace AlignService.Specs.Guardian;

/// <summary>When a guardian rule triggers, and what happens then.</summary>
public sealed record GuardianRuleConfig
{
    /// <summary>The bound, in the rule's unit; null for a rule without one.</summary>
    [Setting]
    public double? Threshold { get; init; }

    /// <summary>Steps in a row beyond the bound before the rule triggers; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{step}")]
    public int Patience { get; init; } = 1;

    [Setting]
    public GuardianAction Action { get; init; } = GuardianAction.Warn;
}
