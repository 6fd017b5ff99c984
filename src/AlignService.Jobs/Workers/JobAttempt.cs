using System.Diagnostics;
using AlignService.Jobs.Events;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Jobs.Workers;

/// <summary>
/// One worker's run of a job, from its last checkpoint to its end: steps, evaluations and checkpoints in order. What a step reports is recorded
/// with its progress in one transaction, and a checkpoint only after everything up to its step: a worker that dies at any point loses nothing, and the next one
/// records nothing twice.
/// </summary>
internal sealed class JobAttempt
{
    private readonly AttemptContext _context;
    private readonly AttemptCheckpoints _checkpoints;
    private readonly AttemptEvaluations _evaluations;
    private readonly AttemptRollouts _rollouts;
    private readonly AttemptSteps _steps;
    private readonly JobWorkerPorts _ports;
    private bool _isEvaluating;
    private int _recordedSteps;

    public JobAttempt(JobWorkerPorts ports, AttemptContext context, StorageWait storage, TimeSpan leaseDuration, TimeProvider time)
    {
        _ports = ports;
        _context = context;
        _checkpoints = new AttemptCheckpoints(context, ports, leaseDuration, time) { Storage = storage };
        _evaluations = new AttemptEvaluations(context);
        _rollouts = new AttemptRollouts(context, ports.Rollouts) { Storage = storage };
        _steps = new AttemptSteps(context, _checkpoints, _rollouts, time);
    }

    /// <summary>The same worker continues after a rollback or a withdrawn pause: no event reports a new worker.</summary>
    public bool SameWorker { get; init; }

    /// <summary>Cancelled when the process must exit soon: the step in hand ends, a checkpoint is written, and the attempt returns.</summary>
    public CancellationToken Stopping { get; init; } = CancellationToken.None;

    /// <summary>Whether that is why the work is interrupted; a user's cancel, the time limit and a lost lease come first.</summary>
    public Func<bool> IsStopping { get; init; } = () => false;

    /// <summary>Returns when the last step's records are written.</summary>
    /// <param name="pauseRequested">Checked between steps.</param>
    /// <param name="cancellationToken">The work must stop at once.</param>
    public async Task<AttemptResult> RunAsync(Func<bool> pauseRequested, CancellationToken cancellationToken)
    {
        try
        {
            return await RunToEndAsync(pauseRequested, cancellationToken);
        }
        catch (ScoringPausedException paused)
        {
            return await PauseForScoresAsync(paused, cancellationToken);
        }
    }

    private async Task<AttemptResult> RunToEndAsync(Func<bool> pauseRequested, CancellationToken cancellationToken)
    {
        // Until the first step there is nothing to save, so nothing to finish.
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Stopping);

        // 1. Prepare, from the last checkpoint where there is one.
        await PrepareAsync(starting.Token);

        // 2. Recall what the held-out prompts have scored, or evaluate them before anything is learned.
        await _evaluations.RecallAsync(starting.Token);
        if (_context is { CompletedSteps: 0, Job.RollbackCount: 0 })
        {
            // The next worker, even if the pause is withdrawn, begins with the evaluation.
            if (pauseRequested())
            {
                return await PauseAsync(null, cancellationToken);
            }

            _isEvaluating = true;
            await _evaluations.RunAsync(starting.Token);
            _isEvaluating = false;
            if (_evaluations.StopReason is not null)
            {
                await _checkpoints.SaveAsync(_evaluations.Score, cancellationToken);
            }
        }

        // 3. Step by step.
        while (!_context.IsDone && _evaluations.StopReason is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Stopping.IsCancellationRequested)
            {
                return await StopAsync();
            }

            if (_steps.PauseReason is not null || pauseRequested())
            {
                return await PauseAsync(_steps.PauseReason, cancellationToken);
            }

            try
            {
                if (await StepAsync(cancellationToken) is { } rolledBack)
                {
                    return rolledBack;
                }
            }
            catch (OperationCanceledException) when (IsStopping() && !_isEvaluating && _context.IsBetweenSteps && _context.CompletedSteps == _recordedSteps)
            {
                // The step did not end in time, but left no trace.
                return await StopAsync();
            }
        }

        return new(AttemptEnd.Done, _evaluations.StopReason ?? "all steps are done");
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _ports.Leases.TransitionAsync(_context.Lease, JobState.Preparing, null, "", cancellationToken);
        StartPoint start = await _checkpoints.FindStartAsync(cancellationToken);
        await _rollouts.RemoveLeftoversAsync(cancellationToken);
        await _context.OnThreadAsync(run => run.Prepare(start.Checkpoint?.Directory, cancellationToken));
        _checkpoints.StartAt(_context.CompletedSteps);
        _recordedSteps = _context.CompletedSteps;
        await _context.AppendAsync([.. _context.Events.OfDamage(start), .. await ResumedEventsAsync(_context.CompletedSteps, cancellationToken)], cancellationToken);
        await _checkpoints.DiscardAsync(start.Damaged, cancellationToken);
        await _ports.Leases.TransitionAsync(_context.Lease, JobState.Running, null, "", cancellationToken);
    }

    /// <summary>One step with its evaluation and checkpoint. Null, unless the job rolls back.</summary>
    private async Task<AttemptResult?> StepAsync(CancellationToken cancellationToken)
    {
        using Activity? span = JobDiagnostics.StartStep(_context.Job.Id, _context.CompletedSteps + 1);
        StepResult result = await _steps.RunAsync(cancellationToken);
        _recordedSteps = _context.CompletedSteps;
        if (result.RolledBack is { } rolledBack)
        {
            return rolledBack;
        }

        // The evaluation comes first: its score belongs to the checkpoint's record.
        _isEvaluating = true;
        await _evaluations.AfterStepAsync(cancellationToken);
        _isEvaluating = false;
        await _checkpoints.AfterStepAsync(_evaluations, result.IsSuspect, cancellationToken);
        return null;
    }

    /// <summary>Saves the work so far to disk; a job that has done no step starts over.</summary>
    private async Task<AttemptResult> PauseAsync(string? reason, CancellationToken cancellationToken)
    {
        if (_checkpoints.HasUnsavedSteps)
        {
            await _checkpoints.SaveAsync(_evaluations.Score, cancellationToken);
        }

        return new(AttemptEnd.Paused, reason ?? "paused on request");
    }

    /// <summary>
    /// Scores are missing, and the job is to pause until they can be had. The steps since the last checkpoint are saved, unless the evaluation that belongs to the last of them has not ended:
    /// then they are done again, with the scores that they had.
    /// </summary>
    private async Task<AttemptResult> PauseForScoresAsync(ScoringPausedException paused, CancellationToken cancellationToken)
    {
        if (!paused.IsRequested)
        {
            JobEvent reason = _context.Events.OfPause(_context.CompletedSteps, _context.Lease.Token, new LogMessage(LogSeverity.Warning, paused.Message));
            await _context.Journal.AppendAndPauseAsync(_context.Lease, _context.CompletedSteps, _context.TotalSteps, [reason], cancellationToken);
        }

        string text = paused.IsRequested ? "paused on request" : paused.Message;
        return _isEvaluating ? new(AttemptEnd.Paused, text) : await PauseAsync(text, cancellationToken);
    }

    /// <summary>Saves the work so far, whatever else was asked meanwhile: the next worker, or the end of the job, needs no step again.</summary>
    private async Task<AttemptResult> StopAsync()
    {
        if (_checkpoints.HasUnsavedSteps)
        {
            await _checkpoints.SaveAsync(_evaluations.Score, CancellationToken.None);
        }

        return new(AttemptEnd.Stopped, "the worker stops");
    }

    private async Task<IReadOnlyList<JobEvent>> ResumedEventsAsync(int fromStep, CancellationToken cancellationToken)
    {
        Job job = _context.Job;
        if (job.Attempt == 1 || SameWorker)
        {
            return [];
        }

        IReadOnlyList<AttemptRecord> attempts = await _context.Journal.ListAttemptsAsync(job.Id, limit: 2, cancellationToken);
        string reason = attempts.FirstOrDefault(attempt => attempt.Attempt == job.Attempt - 1)?.Outcome switch
        {
            AttemptOutcome.Paused => "resumed after a pause",
            AttemptOutcome.Lost => "a worker was lost",
            AttemptOutcome.Stopped => "the previous worker was stopped",
            AttemptOutcome.Succeeded => "the job was extended",
            _ => "",
        };
        return [JobEvent.New(fromStep, $"attempt-{job.Attempt}", new Resumed(job.Attempt, fromStep, reason))];
    }
}

/// <summary>The end of an attempt and why, as text.</summary>
internal sealed record AttemptResult(AttemptEnd End, string Reason);

/// <summary>How an attempt that was not interrupted ended.</summary>
internal enum AttemptEnd
{
    /// <summary>All steps are done, or the held-out score stopped the job early.</summary>
    Done,

    /// <summary>The process must exit; the work so far is in a checkpoint.</summary>
    Stopped,

    /// <summary>A pause was requested; the work so far is in a checkpoint.</summary>
    Paused,

    /// <summary>The job continues from its last checkpoint at a lower learning rate.</summary>
    RolledBack,
}
