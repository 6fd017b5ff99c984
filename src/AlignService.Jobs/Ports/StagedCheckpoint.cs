using AlignService.Specs;

namespace AlignService.Jobs.Ports;

/// <summary>A checkpoint that is on disk but not yet findable.</summary>
/// <param name="JobId">Whose it is.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">The hidden directory.</param>
/// <param name="CreateTime">When it was whole.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated.</param>
public sealed record StagedCheckpoint(JobId JobId, int Step, string Directory, DateTimeOffset CreateTime, double? Score);
