using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Mapping;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>A job as every answer about one job shows it: with its checkpoints, and what it waits for.</summary>
internal sealed class JobRecords(IJobJournal journal, WaitReasons waiting)
{
    public async Task<Wire.Job> ReadAsync(Job job, CancellationToken cancellationToken)
    {
        // A job that no worker has had, as each is when it is created, has none.
        Wire.Job wire = JobMapper.Write(job, job.Attempt == 0 ? [] : await journal.ListCheckpointsAsync(job.Id, cancellationToken));
        wire.Waiting = await waiting.ExplainAsync(job, cancellationToken);
        return wire;
    }
}
