namespace AlignService.Specs.Settings;

/// <summary>Numbers of direct preference optimisation (arXiv:2305.18290).</summary>
public sealed record PreferenceConfig
{
    /// <summary>How strongly the policy is held to the reference; above 0.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Share of pairs taken to be labelled the wrong way round; in [0, 0.5).</summary>
    public double LabelSmoothing { get; init; }
}
