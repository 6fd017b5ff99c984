using AlignService.Model.Architecture;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Comparisons;
using AlignService.Training.Critics;
using AlignService.Training.Improvement;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using AlignService.Training.TrustRegion;
using static TorchSharp.torch;

namespace AlignService.Training.Grpo;

/// <summary>What compares and what improves in a run, chosen by its configuration, with the optimisers. Owns these; models are borrowed.</summary>
internal sealed class Learner : IDisposable
{
    private const string CriticPrefix = "critic.";

    /// <param name="setup">Whose models learn.</param>
    /// <param name="config">The run's, its loss completed.</param>
    /// <param name="plan">How rows are cut into forward passes.</param>
    /// <param name="rewards">What comparisons read.</param>
    /// <param name="dropout">Of the policy's adapter.</param>
    public Learner(GrpoTrainerSetup setup, GrpoConfig config, MicroBatchPlan plan, StepRewards rewards, DropoutPasses dropout)
    {
        bool together = config.Critic is { LearningRate: null }, naturally = config.Loss.Objective == Objective.NaturalGradient;
        IEnumerable<KeyValuePair<string, Tensor>> policy = naturally ? [] : setup.Policy.TrainedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter));
        KeyValuePair<string, Tensor>[] critic = [.. CriticTensors(setup.Critic)];
        Optimizer = new AdamW(together ? policy.Concat(critic) : policy, config.Optimizer, setup.Policy.Masters);
        if (config.Critic is { LearningRate: double rate })
        {
            OptimizerConfig own = config.Optimizer with { LearningRate = rate };
            CriticOptimizer = new(new AdamW(critic, own), own, config.StepCount * config.EpochCount * config.MinibatchCount);
        }

        PolicyGradient gradient = new(setup.Policy, plan, config.Sampling.Temperature, naturally ? null : dropout);
        Comparison = config.Advantage switch
        {
            AdvantageKind.Critic => new CriticComparison(config, config.Critic!, rewards),
            AdvantageKind.Process => new ProcessComparison(config, rewards),
            _ => new GroupComparison(config, rewards),
        };
        Update = UpdateOf(gradient, setup.Critic, config, plan);
        Improvement = naturally ? NaturalGradient(gradient, setup.Policy, config, plan) : new PolicyImprovement(config, Update, Optimizer);
    }

    public IComparison Comparison { get; }

    public IPolicyImprovement Improvement { get; }

    /// <summary>What the improvement does with a minibatch.</summary>
    public IMinibatchUpdate Update { get; }

    /// <summary>Over nothing where a natural gradient moves the policy.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Null where the critic shares the policy's, or where there is none.</summary>
    public CriticOptimizer? CriticOptimizer { get; }

    /// <summary>The critic's parameters by the names that a checkpoint keeps them under.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> CriticTensors(Critic? critic) =>
        critic?.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(CriticPrefix + entry.Name, entry.Parameter)) ?? [];

    public void Dispose()
    {
        Optimizer.Dispose();
        CriticOptimizer?.AdamW.Dispose();
    }

    private static NaturalGradientImprovement NaturalGradient(PolicyGradient gradient, Transformer policy, GrpoConfig config, MicroBatchPlan plan)
    {
        ParameterVector parameters = new([.. policy.TrainedParameters().Select(entry => entry.Parameter).Where(parameter => parameter.requires_grad)]);
        return new(config, gradient, parameters, new PolicyKl(policy, parameters, plan, config.Sampling.Temperature));
    }

    private IMinibatchUpdate UpdateOf(PolicyGradient gradient, Critic? critic, GrpoConfig config, MicroBatchPlan plan)
    {
        PolicyUpdate policy = new(gradient, Optimizer);
        if (critic is null || config.Critic is null)
        {
            return policy;
        }

        ValueGradient values = new(critic, plan, config.Critic.ValueClip);
        return CriticOptimizer is null ? new ActorCriticUpdate(gradient, values, critic, Optimizer, config.Critic.ValueCoefficient) : new SeparateCriticUpdate(policy, values, CriticOptimizer);
    }
}
