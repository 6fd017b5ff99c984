using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Forking;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;

namespace AlignService.Server.Rpc;

/// <summary>Adds steps to a job that has succeeded. What would not go on as if it had been submitted with them is refused.</summary>
internal sealed class JobExtension(CallerCatalog catalog, IJobJournal journal, ICheckpointStore checkpoints, JobSpecValidator validator, JobInterruption interruption)
{
    /// <exception cref="InvalidRequestException">That is not more than it has done, or the job could not be submitted like that.</exception>
    /// <exception cref="InvalidTransitionException">It has not succeeded, would stop again at once, or its trainer's state has gone.</exception>
    public async Task<Job> ExtendAsync(JobId id, int totalSteps, CancellationToken cancellationToken)
    {
        Job job = await interruption.WaitForExitAsync(id, cancellationToken);
        if (job.State != JobState.Succeeded)
        {
            throw new InvalidTransitionException($"{id.ResourceName} is {EnumNames.Spelled(job.State)}; only a job that has succeeded can be extended. One that failed or was cancelled can be forked from its last checkpoint.");
        }

        if (totalSteps <= job.CompletedSteps)
        {
            throw new InvalidRequestException("total_steps", $"it is {totalSteps}, but {id.ResourceName} has completed {job.CompletedSteps} steps; set more, those included.");
        }

        if (job.CompletedSteps < job.TotalSteps)
        {
            throw new InvalidTransitionException(
                $"{id.ResourceName} stopped early, at step {job.CompletedSteps} of {job.TotalSteps}, and would stop again at once. Fork its last checkpoint with another evaluation.stop_patience or stop_at_score.");
        }

        await RequireStateAsync(job, cancellationToken);
        JobSpec extended = await CheckAsync(await catalog.ReadSpecAsync(id, cancellationToken), totalSteps, cancellationToken);
        return await catalog.ExtendAsync(id, extended, totalSteps, cancellationToken);
    }

    private async Task RequireStateAsync(Job job, CancellationToken cancellationToken)
    {
        JobCheckpoint? last = CheckpointSelection.Last(await journal.ListCheckpointsAsync(job.Id, cancellationToken));

        // By the policy as well as by the files: those that are to go may not have gone yet.
        if (last?.Step != job.CompletedSteps || !job.Spec.Kind.Checkpoint.KeepsTrainerState(JobState.Succeeded) || !checkpoints.HoldsTrainerState(checkpoints.Locate(job.Id, last)))
        {
            throw new InvalidTransitionException(
                $"the trainer's state of {job.Id.ResourceName} was dropped when it succeeded: checkpoint.keep_trainer_state is {EnumNames.Spelled(job.Spec.Kind.Checkpoint.KeepTrainerState)}. "
                + $"Start a new run from its weights instead (`align fork {job.Id.ResourceName}/checkpoints/last --fresh`); a job with keep_trainer_state: always can be extended.");
        }
    }

    private async Task<JobSpec> CheckAsync(JobSpec spec, int totalSteps, CancellationToken cancellationToken)
    {
        var violations = new ViolationList();
        JobSpec? extended = JobSpecWire.Read(SpecChanges.WithSteps(JobSpecWire.Write(spec), totalSteps), null, violations);
        violations.ThrowIfAny();

        // The jobs that it ran after have succeeded, and may have been deleted since.
        await validator.ValidateAsync(extended! with { After = [] }, violations, cancellationToken); // where it is null there is a violation
        violations.ThrowIfAny();
        return extended!;
    }
}
