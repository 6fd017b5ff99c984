using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Mapping;
using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Jobs as answers show them: with what they wait for, and one by itself with its checkpoints and attempts.</summary>
internal sealed class JobRecords(IJobJournal journal, WaitReasons waiting)
{
    private const int MostAttempts = 100;

    /// <summary>As shown in lists: without checkpoints and attempts.</summary>
    public async Task<IReadOnlyList<Wire.Job>> ListAsync(IReadOnlyList<Job> jobs, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<JobId, Wire.JobWaiting> reasons = await waiting.ExplainAsync(jobs, cancellationToken);
        return [.. jobs.Select(job =>
        {
            Wire.Job wire = JobMapper.Write(job, []);
            wire.Waiting = reasons.GetValueOrDefault(job.Id);
            return wire;
        })];
    }

    public async Task<Wire.Job> ReadAsync(Job job, CancellationToken cancellationToken)
    {
        // A job that no worker has had has neither, as each when it is created; a fork has what it took over.
        bool isNew = job is { Attempt: 0, Fork: null };
        Wire.Job wire = JobMapper.Write(job, isNew ? [] : await journal.ListCheckpointsAsync(job.Id, cancellationToken));
        wire.Attempts.Add((isNew ? [] : await journal.ListAttemptsAsync(job.Id, MostAttempts, cancellationToken)).Select(JobMapper.Write));
        wire.Waiting = (await waiting.ExplainAsync([job], cancellationToken)).GetValueOrDefault(job.Id);
        return wire;
    }
}
