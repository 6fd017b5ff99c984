using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;

namespace AlignService.Training.Updates;

/// <summary>The update on one minibatch of a step.</summary>
internal interface IMinibatchUpdate
{
    /// <param name="batch">The step's rows.</param>
    /// <param name="rows">Those of this minibatch.</param>
    /// <param name="config">The objective, with the current KL coefficient.</param>
    /// <param name="learningRate">Of this optimizer step.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken);
}

/// <summary>One optimizer step of GRPO.</summary>
/// <param name="Metrics">By the names of algorithms.md, computed before the update.</param>
/// <param name="OldKl">Mean KL(old || new) of the tokens, in nats.</param>
/// <param name="Step">What the optimizer did.</param>
internal sealed record MinibatchReport(IReadOnlyDictionary<string, double> Metrics, double OldKl, OptimizerStep Step);

/// <summary>The update of the policy alone on one minibatch: its gradient, then one optimizer step.</summary>
/// <param name="gradient">Of the policy's loss.</param>
/// <param name="optimizer">Borrowed.</param>
internal sealed class PolicyUpdate(PolicyGradientAccumulator gradient, AdamW optimizer) : IMinibatchUpdate
{
    public MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken)
    {
        LossMetrics metrics = gradient.Accumulate(batch, rows, config, cancellationToken);
        OptimizerStep step = optimizer.Step(learningRate);
        Dictionary<string, double> reported = new(metrics.ToDictionary()) { [MetricNames.PolicyGradNorm] = step.GradientNorm, [MetricNames.PolicyLearningRate] = learningRate };
        return new(reported, metrics.OldKl, step);
    }
}
