using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Mapping;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>A job as every answer about one job shows it: with its checkpoints and attempts, and what it waits for.</summary>
internal sealed class JobRecords(IJobJournal journal, WaitReasons waiting)
{
    private const int MostAttempts = 100;

    public async Task<Wire.Job> ReadAsync(Job job, CancellationToken cancellationToken)
    {
        // A job that no worker has had, as each is when it is created, has neither.
        bool isNew = job.Attempt == 0;
        Wire.Job wire = JobMapper.Write(job, isNew ? [] : await journal.ListCheckpointsAsync(job.Id, cancellationToken));
        wire.Attempts.Add((isNew ? [] : await journal.ListAttemptsAsync(job.Id, MostAttempts, cancellationToken)).Select(JobMapper.Write));
        wire.Waiting = await waiting.ExplainAsync(job, cancellationToken);
        return wire;
    }
}
