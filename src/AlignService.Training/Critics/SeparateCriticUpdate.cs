using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;
using AlignService.Training.Updates;
using static TorchSharp.torch;

namespace AlignService.Training.Critics;

/// <summary>The update of policy and critic on one minibatch: loss = policy loss + value coefficient * value loss, then one optimizer step and one norm clip over both.</summary>
/// <param name="policyGradient">Of the policy's loss.</param>
/// <param name="valueGradient">Of the critic's loss.</param>
/// <param name="critic">Borrowed.</param>
/// <param name="optimizer">Over the parameters of both. Borrowed.</param>
/// <param name="valueCoefficient">Weight of the value loss.</param>
internal sealed class ActorCriticUpdate(PolicyGradientAccumulator policyGradient, ValueGradientAccumulator valueGradient, Critic critic, AdamW optimizer, double valueCoefficient) : IMinibatchUpdate
{
    public MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken)
    {
        LossMetrics metrics = policyGradient.Accumulate(batch, rows, config, cancellationToken);
        double valueLoss = valueGradient.Accumulate(batch, rows, valueCoefficient, cancellationToken);
        double criticNorm = GradientNorm(critic);
        OptimizerStep step = optimizer.Step(learningRate);
        Dictionary<string, double> reported = new(metrics.ToDictionary())
        {
            [MetricNames.PolicyGradNorm] = step.GradientNorm,
            [MetricNames.PolicyLearningRate] = learningRate,
            [MetricNames.CriticLoss] = valueLoss,
            [MetricNames.CriticGradNorm] = criticNorm,
        };
        return new(reported, metrics.OldKl, step);
    }

    private static double GradientNorm(Critic critic)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return AdamW.GlobalNorm([.. critic.NamedParameters().Select(entry => entry.Parameter.grad).OfType<Tensor>()]);
    }
}

/// <summary>The policy's update, then the critic's with its own optimizer; during the critic's warm-up, only the critic's.</summary>
/// <param name="policyUpdate">Update of the policy.</param>
/// <param name="valueGradient">Of the critic's loss.</param>
/// <param name="criticOptimizer">Over the critic's parameters.</param>
internal sealed class SeparateCriticUpdate(IMinibatchUpdate policyUpdate, ValueGradientAccumulator valueGradient, CriticOptimizer criticOptimizer) : IMinibatchUpdate
{
    public MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken)
    {
        MinibatchReport? policy = batch.CriticOnly ? null : policyUpdate.Run(batch, rows, config, learningRate, cancellationToken);

        // The coefficient weighs two losses under one clip; a loss with a clip of its own needs none.
        double valueLoss = valueGradient.Accumulate(batch, rows, coefficient: 1, cancellationToken);
        OptimizerStep critic = criticOptimizer.Step();

        Dictionary<string, double> reported = policy is null ? [] : new(policy.Metrics);
        reported[MetricNames.CriticLoss] = valueLoss;
        reported[MetricNames.CriticGradNorm] = critic.GradientNorm;
        OptimizerStep worst = policy is { Step.Skipped: true } ? policy.Step : critic;
        return new(reported, policy?.OldKl ?? 0, policy is null || critic.Skipped ? worst : policy.Step);
    }
}

/// <summary>The critic's own optimizer, with the policy's schedule at another rate. Borrows the optimizer.</summary>
/// <param name="AdamW">Over the critic's parameters.</param>
/// <param name="Config">With the critic's learning rate.</param>
/// <param name="TotalSteps">Optimizer steps of the whole run.</param>
internal sealed record CriticOptimizer(AdamW AdamW, OptimizerConfig Config, int TotalSteps)
{
    public OptimizerStep Step() => AdamW.Step(LearningRates.At(Config, AdamW.StepCount, TotalSteps));
}
