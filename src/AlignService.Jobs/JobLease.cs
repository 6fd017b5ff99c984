using AlignService.Specs;

namespace AlignService.Jobs;

/// <summary>A worker's right to write a job's records.</summary>
/// <param name="JobId">The job.</param>
/// <param name="WorkerId">Who holds it.</param>
/// <param name="Token">Fencing token: rises with every lease of the job, and every write names it; an older one is refused.</param>
/// <param name="ExpiresAt">When another worker may take the job, unless renewed.</param>
public sealed record JobLease(JobId JobId, string WorkerId, long Token, DateTimeOffset ExpiresAt);
