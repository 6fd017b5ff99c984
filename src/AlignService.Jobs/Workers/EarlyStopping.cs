using System.Globalization;
using AlignService.Specs.Settings;

namespace AlignService.Jobs.Workers;

/// <summary>Decides when the held-out score ends a job before its last step.</summary>
internal sealed class EarlyStopping(EvaluationConfig config)
{
    private double _best = double.NegativeInfinity;
    private int _bestStep;
    private int _withoutImprovement;

    /// <summary>Whether any evaluation could end the job.</summary>
    public bool IsOn => config.StopPatience is not null || config.StopAtScore is not null;

    /// <summary>Why the job ends now, as text; null while it continues.</summary>
    public string? Reason { get; private set; }

    /// <param name="step">Completed steps; 0 is the start, which is the first best.</param>
    /// <param name="score">The held-out reward, or minus the held-out loss.</param>
    public void Observe(int step, double score)
    {
        if (score > _best + (double.IsFinite(_best) ? config.StopMinImprovement : 0))
        {
            (_best, _bestStep, _withoutImprovement) = (score, step, 0);
        }
        else
        {
            _withoutImprovement++;
        }

        Reason = config.StopAtScore is { } target && score >= target
            ? string.Create(CultureInfo.InvariantCulture, $"stopped early: the held-out score of step {step} is {score:0.####} and has reached stop_at_score {target}")
            : config.StopPatience is { } patience && _withoutImprovement >= patience
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"stopped early: the held-out score has not risen by more than {config.StopMinImprovement} in {_withoutImprovement} evaluations; the best is {_best:0.####} at step {_bestStep}, that of step {step} is {score:0.####}")
                : null;
    }
}
