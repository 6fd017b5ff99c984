using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>Settings of direct preference optimization (arXiv:2305.18290).</summary>
public sealed record PreferenceConfig
{
    [Setting(Aliases = "loss_type pref_loss")]
    public PreferenceLoss Loss { get; init; } = PreferenceLoss.Dpo;

    /// <summary>How strongly the policy is held to the reference; above 0.</summary>
    [Setting(Above = 0, UnusualAbove = 1, Usual = "0.01 to 0.5 are common, and large ones keep the policy from changing")]
    public double Beta { get; init; } = 0.1;

    /// <summary>Share of pairs assumed to be mislabeled; in [0, 0.5).</summary>
    [Setting(Min = 0, Below = 0.5, Why = "from 0.5 on the labels would be meaningless or inverted")]
    public double LabelSmoothing { get; init; }
}

/// <summary>The loss of a pair of answers.</summary>
public enum PreferenceLoss
{
    /// <summary>The sigmoid loss of the difference of log-ratios (arXiv:2305.18290).</summary>
    Dpo,
}
