using System.Diagnostics;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;
using AlignService.Specs.Guardian;

namespace AlignService.Jobs.Workers;

/// <summary>
/// One worker's way through a job, from its last checkpoint to its end. What a step has to say is recorded with its progress in one transaction, and a
/// checkpoint only after everything up to its step: a worker that dies anywhere loses nothing, and the next one records nothing twice.
/// </summary>
internal sealed class JobAttempt(IJobStore store, ICheckpointStore checkpoints, TrainingThread thread, Job job, JobWorkerOptions options, TimeProvider time)
{
    private readonly JobLease _lease = job.Lease!;
    private readonly StepInstruments _instruments = new(job.Id);
    private readonly RunEvents _events = new(job.RollbackCount);
    private readonly EarlyStopping _stopping = new(job.Spec.Kind.Evaluation);
    private int _savedStep;
    private bool _checkpointDue;
    private double? _score;
    private string? _pauseReason;

    /// <summary>The worker went on by itself: nobody needs to be told that one came.</summary>
    public bool SameWorker { get; init; }

    /// <summary>Returns when the last step's records are written. The run is the caller's to dispose, on the training thread.</summary>
    /// <param name="run">The job's training.</param>
    /// <param name="pauseRequested">Asked between two steps.</param>
    /// <param name="cancellationToken">The work must stop at once.</param>
    public async Task<AttemptResult> RunAsync(ITrainingRun run, Func<bool> pauseRequested, CancellationToken cancellationToken)
    {
        // 1. Prepare, from the last checkpoint where there is one.
        await store.TransitionAsync(_lease, JobState.Preparing, null, "", cancellationToken);
        JobCheckpoint? start = await FindStartAsync(cancellationToken);
        await thread.RunAsync(() => run.Prepare(start?.Directory, cancellationToken));
        _savedStep = run.CompletedSteps;
        await store.AppendAsync(_lease, run.CompletedSteps, run.TotalSteps, ResumedEvents(run.CompletedSteps), cancellationToken);
        await store.TransitionAsync(_lease, JobState.Running, null, "", cancellationToken);

        // 2. Recall what the held-out prompts have said, or ask them before anything is learned.
        await RecallEvaluationsAsync(run.CompletedSteps, cancellationToken);
        if (run is { CompletedSteps: 0 } && job.RollbackCount == 0)
        {
            // Whoever goes on, even if the pause is taken back, begins with the evaluation.
            if (pauseRequested())
            {
                return await PauseAsync(run, cancellationToken);
            }

            _score = await EvaluateAsync(run, cancellationToken);
            if (_stopping.Reason is not null)
            {
                await SaveAsync(run, cancellationToken);
            }
        }

        // 3. Step by step.
        while (run.CompletedSteps < run.TotalSteps && _stopping.Reason is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_pauseReason is not null || pauseRequested())
            {
                return await PauseAsync(run, cancellationToken);
            }

            if (await StepAsync(run, cancellationToken) is { } rolledBack)
            {
                return rolledBack;
            }
        }

        return new(AttemptEnd.Done, _stopping.Reason ?? "every step is done");
    }

    /// <summary>Brings the work so far to the disk; a job that has done no step starts anew.</summary>
    private async Task<AttemptResult> PauseAsync(ITrainingRun run, CancellationToken cancellationToken)
    {
        if (run.CompletedSteps > _savedStep)
        {
            await SaveAsync(run, cancellationToken);
        }

        return new(AttemptEnd.Paused, _pauseReason ?? "paused on request");
    }

    /// <summary>
    /// The evaluations up to a checkpoint are those that its steps' records hold, so patience goes on where it was; after a rollback to the start that of the
    /// start among them, which is not done again.
    /// </summary>
    private async Task RecallEvaluationsAsync(int completedSteps, CancellationToken cancellationToken)
    {
        if (!_stopping.IsOn || (completedSteps == 0 && job.RollbackCount == 0))
        {
            return;
        }

        IReadOnlyList<JobEvent> evaluations = await store.ReadMetricsAsync(job.Id, RunEvents.EvaluationKey, completedSteps, cancellationToken);
        foreach (JobEvent last in evaluations.GroupBy(item => item.Step).OrderBy(step => step.Key).Select(step => step.Last()))
        {
            Observe(last.Step, ((MetricPoints)last.Body).Values.TryGetValue(RunEvents.ScoreMetric, out double score) ? score : null);
        }
    }

    private void Observe(int step, double? score)
    {
        if (score is { } known)
        {
            _stopping.Observe(step, known);
        }
    }

    /// <summary>Null, but where the job rolls back.</summary>
    private async Task<AttemptResult?> StepAsync(ITrainingRun run, CancellationToken cancellationToken)
    {
        using Activity? span = JobDiagnostics.StartStep(job.Id, run.CompletedSteps + 1);
        RunReport report = await thread.RunAsync(() => run.RunStep(cancellationToken));
        int step = run.CompletedSteps;
        bool isLast = step == run.TotalSteps;
        _instruments.Record(report.Metrics);
        if (await RecordAsync(run, report, cancellationToken) is { } rolledBack)
        {
            return rolledBack;
        }

        // The evaluation comes first: its reward belongs to the checkpoint's record.
        _score = isLast || step % job.Spec.Kind.Evaluation.EverySteps == 0 ? await EvaluateAsync(run, cancellationToken) : null;
        _checkpointDue |= step % job.Spec.Kind.Checkpoint.EverySteps == 0;
        if (isLast || _stopping.Reason is not null || (!report.IsSuspect && (_checkpointDue || await IsNewBestAsync(cancellationToken))))
        {
            await SaveAsync(run, cancellationToken);
        }

        return null;
    }

    /// <summary>Records a step, and what its findings lead to in the same transaction: whoever takes over does not have to decide again.</summary>
    private async Task<AttemptResult?> RecordAsync(ITrainingRun run, RunReport report, CancellationToken cancellationToken)
    {
        int step = run.CompletedSteps;
        IReadOnlyList<JobEvent> told = _events.OfStep(step, report);
        GuardianFinding? gravest = report.Findings.MaxBy(finding => finding.Action);
        List<JobEvent> all = [.. told, .. report.Findings.Where(finding => finding != gravest).Select(finding => _events.OfFinding(step, finding, null))];
        switch (gravest?.Action)
        {
            case GuardianAction.RollBack when job.RollbackCount < job.Spec.Kind.Guardian.MaxRollbacks:
                return await RollBackAsync(step, gravest, all, cancellationToken);
            case GuardianAction.Pause:
                _pauseReason = $"the guardian paused the job ({gravest.Rule}): {gravest.Seen} {gravest.Remedy}";
                await store.AppendAndPauseAsync(_lease, step, run.TotalSteps, [.. all, _events.OfFinding(step, gravest, null)], cancellationToken);
                return null;
            case null:
                await store.AppendAsync(_lease, step, run.TotalSteps, all, cancellationToken);
                return null;
            default:
                await store.AppendAsync(_lease, step, run.TotalSteps, [.. all, _events.OfFinding(step, gravest, null)], cancellationToken);
                return gravest.Action is GuardianAction.RollBack or GuardianAction.Fail ? throw Failure(gravest) : null;
        }
    }

    private async Task<AttemptResult> RollBackAsync(int step, GuardianFinding finding, List<JobEvent> told, CancellationToken cancellationToken)
    {
        int toStep = (await FindStartAsync(cancellationToken))?.Step ?? 0;
        double factor = Math.Pow(job.Spec.Kind.Guardian.RollbackLearningRateFactor, job.RollbackCount + 1);
        await store.RollBackAsync(_lease, toStep, [.. told, _events.OfFinding(step, finding, (toStep, factor))], cancellationToken);
        return new(AttemptEnd.RolledBack, finding.Seen);
    }

    private GuardianException Failure(GuardianFinding finding)
    {
        string before = finding.Action == GuardianAction.RollBack
            ? $" The job has rolled back {job.RollbackCount} times, and max_rollbacks is {job.Spec.Kind.Guardian.MaxRollbacks}."
            : "";
        return new($"{finding.Rule}: {finding.Seen}{before} {finding.Meaning}", finding.Remedy);
    }

    private async Task<double?> EvaluateAsync(ITrainingRun run, CancellationToken cancellationToken)
    {
        int step = run.CompletedSteps;
        using Activity? span = JobDiagnostics.StartEvaluation(job.Id, step);
        RunReport? report = await thread.RunAsync(() => run.Evaluate(cancellationToken));
        if (report is null)
        {
            return null;
        }

        await store.AppendAsync(_lease, step, run.TotalSteps, _events.OfEvaluation(step, report), cancellationToken);
        _instruments.Record(report.Metrics);
        Observe(step, report.Score);

        // Broken weights, whose held-out loss is no number, have no rank among checkpoints.
        return report.Score is { } score && double.IsFinite(score) ? score : null;
    }

    /// <summary>By what is recorded, so that whoever takes over decides alike.</summary>
    private async Task<bool> IsNewBestAsync(CancellationToken cancellationToken) =>
        job.Spec.Kind.Checkpoint.SaveBest && _score is { } score && CheckpointSelection.IsNewBest(await store.ListCheckpointsAsync(job.Id, cancellationToken), score);

    private async Task SaveAsync(ITrainingRun run, CancellationToken cancellationToken)
    {
        using Activity? span = JobDiagnostics.StartCheckpoint();
        long start = time.GetTimestamp();
        int step = run.CompletedSteps;
        double? score = _score;
        IReadOnlyList<LogMessage> messages = [];
        StagedCheckpoint staged = await thread.RunAsync(() => checkpoints.Stage(job.Id, step, score, directory => messages = run.SaveCheckpoint(directory)));

        // Writing may have taken longer than the lease lasted: who lost it must not touch what the next worker writes.
        await store.RenewAsync(_lease, options.LeaseDuration, cancellationToken);
        JobCheckpoint checkpoint = checkpoints.Publish(staged);
        await store.AddCheckpointAsync(_lease, checkpoint, cancellationToken);
        (_savedStep, _checkpointDue) = (step, false);

        JobEvent duration = _events.OfCheckpointTime(step, time.GetElapsedTime(start));
        await store.AppendAsync(_lease, step, run.TotalSteps, [duration, .. _events.OfCheckpoint(step, messages)], cancellationToken);
        _instruments.Record(((MetricPoints)duration.Body).Values);
        await RemoveSurplusAsync(await store.ListCheckpointsAsync(job.Id, cancellationToken), cancellationToken);
    }

    private async Task RemoveSurplusAsync(IReadOnlyList<JobCheckpoint> all, CancellationToken cancellationToken)
    {
        foreach (JobCheckpoint surplus in CheckpointSelection.Surplus(all, job.Spec.Kind.Checkpoint.Keep))
        {
            await store.RemoveCheckpointAsync(_lease, surplus.Step, cancellationToken);
            checkpoints.Remove(job.Id, surplus.Step);
        }
    }

    /// <summary>The last checkpoint that is recorded and still there.</summary>
    private async Task<JobCheckpoint?> FindStartAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<JobCheckpoint> recorded = await store.ListCheckpointsAsync(job.Id, cancellationToken);
        checkpoints.RemoveLeftovers(job.Id, [.. recorded.Select(checkpoint => checkpoint.Step)]);
        await RemoveSurplusAsync(recorded, cancellationToken);
        return CheckpointSelection.Last([.. recorded.Where(checkpoint => Directory.Exists(checkpoint.Directory))]);
    }

    private IReadOnlyList<JobEvent> ResumedEvents(int fromStep)
    {
        if (job.Attempt == 1 || SameWorker)
        {
            return [];
        }

        string reason = job is { State: JobState.Queued, StartTime: not null } ? "it was resumed after a pause" : job.LostWorkers > 0 ? "a worker was lost" : "the worker before was stopped";
        return [JobEvent.New(fromStep, $"attempt-{job.Attempt}", new Resumed(job.Attempt, fromStep, reason))];
    }
}
