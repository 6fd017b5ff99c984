using AlignService.Specs;

namespace AlignService.Jobs.Supervision;

/// <summary>What a worker process is started for.</summary>
/// <param name="JobId">The job it is to work on.</param>
/// <param name="WorkerId">The name it must take its lease under.</param>
/// <param name="Device">cpu, or cuda:N.</param>
public sealed record WorkerAssignment(JobId JobId, string WorkerId, string Device);
