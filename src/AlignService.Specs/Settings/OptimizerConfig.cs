using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>AdamW with warm-up, schedule and clipping by the global norm (arXiv:1711.05101).</summary>
public sealed record OptimizerConfig
{
    /// <summary>Default peak learning rate of an adapter.</summary>
    public const double AdapterLearningRate = 1e-5;

    /// <summary>Peak learning rate; above 0.</summary>
    [Setting(Above = 0, Needs = Need.Optimizer, UnusualAbove = 1e-3, Usual = "1e-6 is the default for full training, and most policies diverge above 0.001", Aliases = "lr actor_learning_rate")]
    public double LearningRate { get; init; } = 1e-6;

    [Setting(Needs = Need.Optimizer, Aliases = "lr_scheduler_type lr_scheduler warmup_style")]
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Optimizer steps from rate 0 to <see cref="LearningRate"/>; the first has rate 0.</summary>
    [Setting(Min = 0, Needs = Need.Optimizer, Aliases = "lr_warmup_steps warmup_ratio")]
    public int WarmupSteps { get; init; }

    /// <summary>Decay of the first moment; in [0, 1).</summary>
    [Setting(Min = 0, Below = 1, Needs = Need.Optimizer, Aliases = "adam_beta1")]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment; in [0, 1).</summary>
    [Setting(Min = 0, Below = 1, Needs = Need.Optimizer, Aliases = "adam_beta2")]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment; above 0.</summary>
    [Setting(Above = 0, Needs = Need.Optimizer, Aliases = "adam_epsilon eps")]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay; 0 or more.</summary>
    [Setting(Min = 0, Needs = Need.Optimizer, Aliases = "l2")]
    public double WeightDecay { get; init; }

    /// <summary>Largest global norm of the gradient; above 0.</summary>
    [Setting(Above = 0, Needs = Need.Optimizer, Aliases = "grad_clip max_norm clip_grad")]
    public double MaxGradNorm { get; init; } = 1.0;
}

/// <summary>The learning rate after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Constant.</summary>
    Constant,

    /// <summary>Falls linearly to 0.</summary>
    Linear,

    /// <summary>Falls to 0 along half a cosine.</summary>
    Cosine,
}
