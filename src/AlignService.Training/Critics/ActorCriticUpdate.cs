using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;
using AlignService.Training.Updates;
using static TorchSharp.torch;

namespace AlignService.Training.Critics;

/// <summary>The update of policy and critic on one minibatch: loss = policy loss + value coefficient * value loss, then one optimiser step and one norm clip over both.</summary>
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
            ["policy/grad_norm"] = step.GradientNorm,
            ["policy/learning_rate"] = learningRate,
            ["critic/loss"] = valueLoss,
            ["critic/grad_norm"] = criticNorm,
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
