using AlignService.Specs.Binding;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>PPO's critic (arXiv:1707.06347): a second transformer that predicts the return of the rest of a completion.</summary>
public sealed record CriticConfig
{
    /// <summary>What it starts from: a reward model's or a language model's directory, or a checkpoint of a job; null is the policy's start.</summary>
    [Setting(IsPath = true, Aliases = "value_model_path critic_model")]
    public string? Model { get; init; }

    /// <summary>Gives the critic its own optimizer and norm clip; above 0. Null: one optimizer and one clip over policy and critic.</summary>
    [Setting(Above = 0, ZeroIsOff = true, Aliases = "critic_lr critic_learning_rate")]
    public double? LearningRate { get; init; }

    /// <summary>First steps of the run, in which only the critic learns; 0 or more, and 0 without its own learning rate.</summary>
    [Setting(Min = 0, Unit = "{step}", Aliases = "critic_warmup freezing_actor_steps")]
    public int WarmupSteps { get; init; }

    /// <summary>Lambda of generalized advantage estimation (arXiv:1506.02438); in [0, 1].</summary>
    [Setting(Min = 0, Max = 1, Aliases = "lam lambd")]
    public double GaeLambda { get; init; } = 0.95;

    /// <summary>Discount per token; in [0, 1].</summary>
    [Setting(Min = 0, Max = 1)]
    public double Gamma { get; init; } = 1;

    /// <summary>How far a value may move from its value at sampling time before it is clipped; above 0, null is off.</summary>
    [Setting(Above = 0, ZeroIsOff = true, Aliases = "cliprange_value")]
    public double? ValueClip { get; init; } = 0.2;

    /// <summary>Weight of the value loss relative to the policy's, in a shared optimizer; above 0.</summary>
    [Setting(Above = 0, Needs = Need.SharedOptimizer, Aliases = "vf_coef value_loss_coef")]
    public double ValueCoefficient { get; init; } = 0.1;
}
