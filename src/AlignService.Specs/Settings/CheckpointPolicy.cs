using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>When checkpoints are written and how many are kept.</summary>
public sealed record CheckpointPolicy
{
    /// <summary>Steps between checkpoints; 1 or more. The last step always writes one.</summary>
    [Setting(Min = 1, Unit = "{step}", Aliases = "save_steps save_freq")]
    public int EverySteps { get; init; } = 50;

    /// <summary>Checkpoints kept besides best and last; 0 or more.</summary>
    [Setting(Min = 0, Aliases = "save_total_limit max_ckpt_num")]
    public int Keep { get; init; } = 2;

    /// <summary>Also write a checkpoint of every evaluated step whose score is above that of all earlier checkpoints.</summary>
    [Setting(Aliases = "load_best_model_at_end")]
    public bool SaveBest { get; init; } = true;

    [Setting]
    public SaveDtype SaveDtype { get; init; } = SaveDtype.AsLoaded;

    /// <summary>Whether the trainer's state, often twice the size of the model, stays when the job has ended.</summary>
    [Setting(Aliases = "save_only_model")]
    public KeepTrainerState KeepTrainerState { get; init; } = KeepTrainerState.UnlessSucceeded;
}
