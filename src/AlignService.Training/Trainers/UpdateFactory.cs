using AlignService.Model.Architecture;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Batches;
using AlignService.Training.Critics;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;
using AlignService.Training.TrustRegion;
using AlignService.Training.Updates;
using static TorchSharp.torch;

namespace AlignService.Training.Trainers;

/// <summary>What updates the weights of a run. Owns the optimizers.</summary>
/// <param name="Step">The updates of one step.</param>
/// <param name="Minibatch">The update of one minibatch.</param>
/// <param name="Optimizer">Over no parameters where a natural gradient updates the policy.</param>
/// <param name="CriticOptimizer">Null where the critic shares the policy's, or where there is no critic.</param>
internal sealed record RunUpdates(IStepUpdate Step, IMinibatchUpdate Minibatch, AdamW Optimizer, CriticOptimizer? CriticOptimizer) : IDisposable
{
    public void Dispose()
    {
        Optimizer.Dispose();
        CriticOptimizer?.AdamW.Dispose();
    }
}

/// <summary>Creates the updates for a run's settings.</summary>
internal static class UpdateFactory
{
    /// <param name="config">The run's, with its loss completed.</param>
    /// <param name="models">Whose weights are updated. Borrowed.</param>
    /// <param name="plan">How rows are split into forward passes.</param>
    /// <param name="dropout">Of the policy's adapter.</param>
    public static RunUpdates Create(GrpoConfig config, GrpoModels models, MicroBatchPlan plan, DropoutPasses dropout)
    {
        bool naturally = config.Loss.Objective == Objective.NaturalGradient;
        (AdamW optimizer, CriticOptimizer? criticOptimizer) = Optimizers(config, models, naturally);
        PolicyGradientAccumulator gradient = new(models.Policy, plan, config.Sampling.Temperature, naturally ? null : dropout);
        IMinibatchUpdate minibatch = new PolicyUpdate(gradient, optimizer);
        if (models.Critic is { } critic && config.Critic is { } settings)
        {
            ValueGradientAccumulator values = new(critic, plan, settings.ValueClip);
            minibatch = criticOptimizer is null
                ? new ActorCriticUpdate(gradient, values, critic, optimizer, settings.ValueCoefficient)
                : new SeparateCriticUpdate(minibatch, values, criticOptimizer);
        }

        IStepUpdate step = naturally ? NaturalGradient(config, models.Policy, gradient, plan) : new MinibatchUpdates(UpdateSettings.Of(config), minibatch, optimizer);
        return new(step, minibatch, optimizer, criticOptimizer);
    }

    private static (AdamW Policy, CriticOptimizer? Critic) Optimizers(GrpoConfig config, GrpoModels models, bool naturally)
    {
        bool together = config.Critic is { LearningRate: null };
        IEnumerable<KeyValuePair<string, Tensor>> policy = naturally ? [] : models.Policy.TrainedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter));
        IEnumerable<KeyValuePair<string, Tensor>> critic = models.Critic?.State ?? [];
        AdamW optimizer = new(together ? policy.Concat(critic) : policy, config.Optimizer, models.Policy.Masters);
        if (config.Critic is not { LearningRate: double rate })
        {
            return (optimizer, null);
        }

        OptimizerConfig own = config.Optimizer with { LearningRate = rate };
        return (optimizer, new(new AdamW(critic, own), own, config.StepCount * config.EpochCount * config.MinibatchCount));
    }

    private static NaturalGradientUpdate NaturalGradient(GrpoConfig config, Transformer policy, PolicyGradientAccumulator gradient, MicroBatchPlan plan)
    {
        TrustRegionConfig region = config.TrustRegion ?? throw new ArgumentException("A natural-gradient step needs the settings of its trust region.", nameof(config));
        ParameterVector parameters = new([.. policy.TrainedParameters().Select(entry => entry.Parameter).Where(parameter => parameter.requires_grad)]);
        return new(region, UpdateSettings.Of(config), gradient, parameters, new PolicyKl(policy, parameters, plan, config.Sampling.Temperature));
    }
}

/// <summary>The models of policy optimization. Owns them.</summary>
/// <param name="Policy">Trainable, or frozen under a trainable adapter, which is also owned.</param>
/// <param name="Engine">Samples from the policy.</param>
public sealed record GrpoModels(Transformer Policy, IRolloutEngine Engine) : IDisposable
{
    /// <summary>Null where the KL term is off and not reported.</summary>
    public IReferenceModel? Reference { get; init; }

    /// <summary>Null unless the advantage needs one.</summary>
    public Critic? Critic { get; init; }

    public void Dispose()
    {
        Engine.Dispose();
        Reference?.Dispose();
        Critic?.Dispose();
        Policy.Adapter?.Dispose();
        Policy.Dispose();
    }
}
