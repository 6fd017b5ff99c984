using System.Diagnostics;
using System.Globalization;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.Metrics;
using AlignService.Specs.Settings;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Evaluating: runs the held-out evaluation when due, records it, and says when its scores are a reason to stop early. A new worker reads the recorded
/// scores, so patience continues where it was.
/// </summary>
internal sealed class AttemptEvaluations(AttemptContext context)
{
    private readonly EarlyStopping _stopping = new(context.Job.Spec.Kind.Evaluation);

    /// <summary>Held-out score of the current weights; null where they were not evaluated or the score is not finite.</summary>
    public double? Score { get; private set; }

    /// <summary>Why the job ends before its last step, as text; null while it continues.</summary>
    public string? StopReason => _stopping.Reason;

    /// <summary>
    /// Reads the evaluations up to the checkpoint that the attempt starts from; after a rollback to the start this includes that of the start, which is not done
    /// again.
    /// </summary>
    public async Task RecallAsync(CancellationToken cancellationToken)
    {
        int completedSteps = context.CompletedSteps;
        if (!_stopping.IsOn || (completedSteps == 0 && context.Job.RollbackCount == 0))
        {
            return;
        }

        IReadOnlyList<JobEvent> evaluations = await context.Journal.ReadMetricsAsync(context.Job.Id, RunEvents.EvaluationKey, completedSteps, cancellationToken);
        foreach (JobEvent last in evaluations.GroupBy(item => item.Step).OrderBy(step => step.Key).Select(step => step.Last()))
        {
            Observe(last.Step, ((MetricPoints)last.Body).Values.TryGetValue(MetricNames.EvalScore, out double score) ? score : null);
        }
    }

    /// <summary>Evaluates if an evaluation is due after the step just done, or if it is the last.</summary>
    public Task AfterStepAsync(CancellationToken cancellationToken)
    {
        if (context.IsDone || context.CompletedSteps % context.Job.Spec.Kind.Evaluation.EverySteps == 0)
        {
            return RunAsync(cancellationToken);
        }

        Score = null;
        return Task.CompletedTask;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Score = null;
        int step = context.CompletedSteps;
        using Activity? span = JobDiagnostics.StartEvaluation(context.Job.Id, step);
        RunReport? report = await context.OnThreadAsync(run => run.Evaluate(cancellationToken));
        if (report is null)
        {
            return;
        }

        await context.AppendAsync(context.Events.OfEvaluation(step, report), cancellationToken);
        context.Instruments.Record(report.Metrics);
        Observe(step, report.Score);

        // Broken weights, whose held-out loss is not a number, have no rank among checkpoints.
        Score = report.Score is { } score && double.IsFinite(score) ? score : null;
    }

    private void Observe(int step, double? score)
    {
        if (score is { } known)
        {
            _stopping.Observe(step, known);
        }
    }
}

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
