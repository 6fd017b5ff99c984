using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;
using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Stepping: runs one training step, and records it together with the outcome of the guardian's findings, in the same transaction. The next worker does not have
/// to decide again.
/// </summary>
internal sealed class AttemptSteps(AttemptContext context, AttemptCheckpoints checkpoints, AttemptRollouts rollouts, TimeProvider time)
{
    /// <summary>Why the guardian pauses the job after the last step; null if it does not.</summary>
    public string? PauseReason { get; private set; }

    /// <exception cref="GuardianException">A rule fails the job; the finding is recorded.</exception>
    public async Task<StepResult> RunAsync(CancellationToken cancellationToken)
    {
        RunReport report = await context.OnThreadAsync(run => run.RunStep(cancellationToken));
        if (report.Rollouts is { } kept)
        {
            long start = time.GetTimestamp();
            await rollouts.KeepAsync(kept, cancellationToken);
            report = report with { Metrics = new Dictionary<string, double>(report.Metrics) { [MetricNames.TimeKeepRollouts] = time.GetElapsedTime(start).TotalSeconds } };
        }

        context.Instruments.Record(report.Metrics);
        return new StepResult(report.IsSuspect, await RecordAsync(report, cancellationToken));
    }

    private async Task<AttemptResult?> RecordAsync(RunReport report, CancellationToken cancellationToken)
    {
        Job job = context.Job;
        int step = context.CompletedSteps;
        GuardianFinding? gravest = report.Findings.MaxBy(finding => finding.Action);
        List<JobEvent> events =
        [
            .. context.Events.OfStep(step, report),
            .. report.Findings.Where(finding => finding != gravest).Select(finding => context.Events.OfFinding(step, finding, null)),
        ];
        switch (gravest?.Action)
        {
            case GuardianAction.RollBack when job.RollbackCount < job.Spec.Kind.Guardian.MaxRollbacks:
                return await RollBackAsync(step, gravest, events, cancellationToken);
            case GuardianAction.Pause:
                PauseReason = $"the guardian paused the job ({gravest.Rule}): {gravest.Seen} {gravest.Remedy}";
                await context.Journal.AppendAndPauseAsync(
                    context.Lease, step, context.TotalSteps, [.. events, context.Events.OfFinding(step, gravest, null)], cancellationToken);
                return null;
            case null:
                await context.AppendAsync(events, cancellationToken);
                return null;
            default:
                await context.AppendAsync([.. events, context.Events.OfFinding(step, gravest, null)], cancellationToken);
                return gravest.Action is GuardianAction.RollBack or GuardianAction.Fail ? throw Failure(gravest) : null;
        }
    }

    private async Task<AttemptResult> RollBackAsync(int step, GuardianFinding finding, List<JobEvent> events, CancellationToken cancellationToken)
    {
        Job job = context.Job;
        StartPoint start = await checkpoints.FindStartAsync(cancellationToken);
        int toStep = start.Checkpoint?.Step ?? 0;
        double factor = Math.Pow(job.Spec.Kind.Guardian.RollbackLearningRateFactor, job.RollbackCount + 1);
        await context.Journal.RollBackAsync(context.Lease, toStep, [.. events, .. context.Events.OfDamage(start), context.Events.OfFinding(step, finding, (toStep, factor))], cancellationToken);
        await checkpoints.DiscardAsync(start.Damaged, cancellationToken);
        return new(AttemptEnd.RolledBack, finding.Seen);
    }

    private GuardianException Failure(GuardianFinding finding)
    {
        string before = finding.Action == GuardianAction.RollBack
            ? $" The job rolled back {context.Job.RollbackCount} times, and max_rollbacks is {context.Job.Spec.Kind.Guardian.MaxRollbacks}."
            : "";
        return new($"{finding.Rule}: {finding.Seen}{before} {finding.Meaning}", finding.Remedy);
    }
}

/// <summary>The outcome of a recorded step.</summary>
/// <param name="IsSuspect">The job may roll back from it: no checkpoint where there is a choice.</param>
/// <param name="RolledBack">The end of the attempt, where the job rolls back.</param>
internal readonly record struct StepResult(bool IsSuspect, AttemptResult? RolledBack);

/// <summary>What the parts of one attempt share: the job under its lease, the run on its thread, and where it is recorded. The caller disposes of the run.</summary>
internal sealed class AttemptContext(Job job, ITrainingRun run, TrainingThread thread, IJobJournal journal, WorkerPlace place)
{
    public Job Job => job;

    public JobLease Lease { get; } = job.HeldLease;

    public IJobJournal Journal => journal;

    public RunEvents Events { get; } = new(job.RollbackCount);

    public StepInstruments Instruments { get; } = new(job.Id, place);

    public int CompletedSteps => run.CompletedSteps;

    public int TotalSteps => run.TotalSteps;

    /// <summary>Whether what the run holds is what the last completed step left.</summary>
    public bool IsBetweenSteps => run.IsBetweenSteps;

    public bool IsDone => run.CompletedSteps >= run.TotalSteps;

    public Task<T> OnThreadAsync<T>(Func<ITrainingRun, T> work) => thread.RunAsync(() => work(run));

    public Task OnThreadAsync(Action<ITrainingRun> work) => thread.RunAsync(() => work(run));

    /// <summary>Records events with the progress so far.</summary>
    public Task AppendAsync(IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        journal.AppendAsync(Lease, run.CompletedSteps, run.TotalSteps, events, cancellationToken);
}
