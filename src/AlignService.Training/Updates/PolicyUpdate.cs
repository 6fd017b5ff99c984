using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;

namespace AlignService.Training.Updates;

/// <summary>The update of the policy alone on one minibatch: its gradient, then one optimiser step.</summary>
/// <param name="gradient">Of the policy's loss.</param>
/// <param name="optimizer">Borrowed.</param>
internal sealed class PolicyUpdate(PolicyGradientAccumulator gradient, AdamW optimizer) : IMinibatchUpdate
{
    public MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken)
    {
        LossMetrics metrics = gradient.Accumulate(batch, rows, config, cancellationToken);
        OptimizerStep step = optimizer.Step(learningRate);
        Dictionary<string, double> reported = new(metrics.ToDictionary()) { ["policy/grad_norm"] = step.GradientNorm, ["policy/learning_rate"] = learningRate };
        return new(reported, metrics.OldKl, step);
    }
}
