using AlignService.Specs.Binding;

namespace AlignService.Specs.Guardian;

/// <summary>When one rule of the guardian speaks up, and what follows.</summary>
public sealed record GuardianRuleConfig
{
    /// <summary>The bound, in the rule's own unit; null for a rule that needs none.</summary>
    [Setting]
    public double? Threshold { get; init; }

    /// <summary>Steps in a row beyond the bound before anything follows; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{step}")]
    public int Patience { get; init; } = 1;

    [Setting]
    public GuardianAction Action { get; init; } = GuardianAction.Warn;
}
