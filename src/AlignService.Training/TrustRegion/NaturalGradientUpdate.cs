using AlignService.Specs.Examples;
using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Losses;
using AlignService.Training.Metrics;
using AlignService.Training.Updates;
using static TorchSharp.torch;

namespace AlignService.Training.TrustRegion;

/// <summary>
/// One natural-gradient step over all rows of a step (TRPO, arXiv:1502.05477, section 6 and appendix C): increase the mean of ratio * advantage while the mean
/// KL(old || new) stays within its bound. Our deviation: a KL term to the reference and an entropy bonus, if on, are part of the surrogate.
/// </summary>
/// <param name="region">Bound and search.</param>
/// <param name="settings">The objective, and how many gradients in a row may be non-finite.</param>
/// <param name="gradient">Gradient of the negative surrogate.</param>
/// <param name="parameters">The parameters to update.</param>
/// <param name="divergence">KL and its curvature.</param>
internal sealed class NaturalGradientUpdate(TrustRegionConfig region, UpdateSettings settings, PolicyGradientAccumulator gradient, ParameterVector parameters, PolicyKl divergence) : IStepUpdate
{
    public int SkippedInARow { get; set; }

    public void Run(TrainingBatch batch, int step, double klCoefficient, StepRecorder recorder, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        GrpoLossConfig loss = settings.Loss with { KlCoefficient = klCoefficient };
        int[] all = [.. Enumerable.Range(0, batch.Rows.Count)];
        TokenSequence[] kept = [.. batch.Rows.Where((_, row) => batch.Mask[row])];

        // 1. g, the gradient of the surrogate at the old policy.
        LossMetrics before = gradient.Accumulate(batch, all, loss, cancellationToken);
        Tensor ascent = parameters.TakeGradient().neg();
        double norm = Math.Sqrt(ConjugateGradient.Dot(ascent, ascent));
        recorder.Add(before.ToDictionary());
        recorder.Metrics[MetricNames.PolicyGradNorm] = norm;
        recorder.TrainedTokens += batch.TokenCount;
        SkippedInARow = SkippedUpdates.Count(SkippedInARow, new(norm, Skipped: !double.IsFinite(norm)), step, recorder, settings.NonFinite);

        // 2. x, the natural gradient: (H + damping I) x = g.
        TrustRegionStep taken = default;
        if (norm > 0 && double.IsFinite(norm))
        {
            (Tensor natural, double curvature) = Solve(ascent, kept, cancellationToken);

            // 3. As long as the quadratic model of the KL allows, then shorter until the true one does.
            if (curvature > 0)
            {
                taken = Search(kept, natural * Math.Sqrt(2 * region.MaxKl / curvature), () => gradient.Accumulate(batch, all, loss, cancellationToken).Loss, cancellationToken);
            }
        }

        Report(taken, norm, step, recorder);
    }

    /// <returns>x, and x'Hx without the damping.</returns>
    private (Tensor Natural, double Curvature) Solve(Tensor ascent, TokenSequence[] rows, CancellationToken cancellationToken)
    {
        using FisherMatrix fisher = new(divergence, parameters, rows, cancellationToken);
        Tensor natural = ConjugateGradient.Solve(vector => fisher.Multiply(vector).add_(vector, region.Damping), ascent, region.ConjugateGradientIterations);
        using Tensor curved = fisher.Multiply(natural);
        return (natural, ConjugateGradient.Dot(natural, curved));
    }

    /// <summary>Backtracking: the longest of the tried steps that is within the bound and improves the surrogate, or none.</summary>
    private TrustRegionStep Search(TokenSequence[] rows, Tensor fullStep, Func<double> loss, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor old = parameters.Read();
        double lossBefore = loss();
        bool accepted = false;
        try
        {
            for (int shortened = 0; shortened <= region.MaxBacktracks; shortened++)
            {
                using Tensor moved = old + fullStep * Math.Pow(region.BacktrackFactor, shortened);
                parameters.Write(moved);
                double gain = lossBefore - loss();
                double kl = gain > 0 ? divergence.Mean(rows, old, cancellationToken) : double.NaN;
                if (gain > 0 && kl <= region.MaxKl)
                {
                    accepted = true;
                    return new(true, kl, gain, shortened);
                }
            }

            return new(false, 0, 0, region.MaxBacktracks);
        }
        finally
        {
            if (!accepted)
            {
                parameters.Write(old);
            }
        }
    }

    private void Report(TrustRegionStep taken, double norm, int step, StepRecorder recorder)
    {
        recorder.Metrics[MetricNames.PolicyTrustRegionAccepted] = taken.Accepted ? 1 : 0;
        recorder.Metrics[MetricNames.PolicyTrustRegionKl] = taken.Kl;
        recorder.Metrics[MetricNames.PolicyTrustRegionGain] = taken.Gain;
        recorder.Metrics[MetricNames.PolicyTrustRegionBacktracks] = taken.Backtracks;
        if (!taken.Accepted && double.IsFinite(norm))
        {
            recorder.Messages.Add(norm == 0
                ? $"step {step}: no step was taken, because no completion was better than its group; use more prompts, larger groups or dynamic_sampling"
                : $"step {step}: no step was taken: none of {taken.Backtracks + 1} step sizes kept the mean KL under {region.MaxKl} and improved the surrogate; "
                    + "a larger trust_region.damping or more rollouts per step make the direction more reliable");
        }
    }
}

/// <summary>The outcome of a natural-gradient step.</summary>
/// <param name="Accepted">Whether some size of it was within the bound and improved the surrogate.</param>
/// <param name="Kl">Mean KL(old || new) of the accepted step, in nats; 0 where there is none.</param>
/// <param name="Gain">By how much it improved the surrogate.</param>
/// <param name="Backtracks">How often it was shortened.</param>
internal readonly record struct TrustRegionStep(bool Accepted, double Kl, double Gain, int Backtracks);
