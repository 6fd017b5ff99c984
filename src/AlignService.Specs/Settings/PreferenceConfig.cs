using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>Numbers of direct preference optimisation (arXiv:2305.18290).</summary>
public sealed record PreferenceConfig
{
    [Setting(Aliases = "loss_type pref_loss")]
    public PreferenceLoss Loss { get; init; } = PreferenceLoss.Dpo;

    /// <summary>How strongly the policy is held to the reference; above 0.</summary>
    [Setting(Above = 0, UnusualAbove = 1, Usual = "0.01 to 0.5 are common, and a large one keeps the policy where it is")]
    public double Beta { get; init; } = 0.1;

    /// <summary>Share of pairs taken to be labelled the wrong way round; in [0, 0.5).</summary>
    [Setting(Min = 0, Below = 0.5, Why = "from 0.5 on the labels would say nothing or the opposite")]
    public double LabelSmoothing { get; init; }
}

/// <summary>What a pair of answers teaches.</summary>
public enum PreferenceLoss
{
    /// <summary>The sigmoid loss of the difference of log-ratios (arXiv:2305.18290).</summary>
    Dpo,
}
