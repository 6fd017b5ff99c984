using AlignService.Jobs.Events;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>A fork to be created.</summary>
/// <param name="Fork">Is stored with the job.</param>
/// <param name="State">What it takes over; null where it begins anew from the weights.</param>
public sealed record NewFork(JobFork Fork, ForkedState? State);

/// <summary>What a fork takes over from the forked job, beside its spec.</summary>
/// <param name="Source">The forked job, whose models by name are the fork's.</param>
/// <param name="Checkpoint">In the new job's own folder, complete.</param>
/// <param name="RollbackCount">The lowered learning rate stays lowered.</param>
/// <param name="Evaluations">Those up to the checkpoint, which patience counts.</param>
public sealed record ForkedState(JobId Source, JobCheckpoint Checkpoint, int RollbackCount, IReadOnlyList<JobEvent> Evaluations);
