namespace AlignService.Jobs;

/// <summary>Where a job was forked from; stored with it.</summary>
/// <param name="Checkpoint">jobs/{job}/checkpoints/step-NNNNNN.</param>
/// <param name="Step">Completed steps of the checkpoint.</param>
/// <param name="KeepsState">The trainer's state was taken over: the job began with that step completed. Otherwise only the weights.</param>
/// <param name="RequestHash">Of what was asked for; a repeated request has the same, even if the forked job has gone.</param>
public sealed record JobFork(string Checkpoint, int Step, bool KeepsState, string RequestHash);
