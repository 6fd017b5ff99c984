using AlignService.Specs;

namespace AlignService.Server.Workers;

/// <summary>What a worker process for one job was started for (`align worker --job ID [--worker-id W] [--device D] [--supervised]`).</summary>
/// <param name="JobId">The job.</param>
/// <param name="WorkerId">Names the process in the lease; null makes a name up.</param>
/// <param name="Lifeline">
/// Standard input of a supervised worker: when it ends, the worker gives its job back and ends too. Null without a supervisor.
/// </param>
public sealed record WorkerTask(JobId JobId, string? WorkerId, Stream? Lifeline)
{
    /// <summary>cpu, cuda or cuda:N; null is the first that this machine and build have, as a supervisor would give it.</summary>
    public string? Device { get; init; }
}
