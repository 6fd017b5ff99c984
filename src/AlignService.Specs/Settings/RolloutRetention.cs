using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>Which of the completions that training samples are kept.</summary>
public sealed record RolloutRetention
{
    /// <summary>Last steps whose rollouts are kept; null is all.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Unit = "{step}")]
    public int? KeepSteps { get; init; }

    /// <summary>Groups kept of each step; null is all, 0 is none.</summary>
    [Setting(Min = 0, Unit = "{group}", Aliases = "log_completions num_completions_to_print rollout_data_dir")]
    public int? GroupsPerStep { get; init; }
}
