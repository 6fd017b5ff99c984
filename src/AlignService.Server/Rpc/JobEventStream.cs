using System.Runtime.CompilerServices;
using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Hosting;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>
/// A job's events after a cursor, then live until it ends. No event is lost between the two: both read the store after the last cursor, and a
/// change only triggers the next read.
/// </summary>
internal sealed class JobEventStream(IJobCatalog catalog, IJobJournal journal, IHostApplicationLifetime lifetime)
{
    private const int BatchSize = 256;

    /// <summary>Longest delay after a missed wake-up.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public async IAsyncEnumerable<Wire.JobEvent> ReadAsync(JobId id, long afterCursor, bool replayOnly, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using IJobChanges changes = await catalog.FollowAsync(id, stop.Token);
        while (true)
        {
            // The state is read before the events: where it is an end, the read that follows sees the job's last event.
            Job job = await catalog.FindAsync(id, stop.Token) ?? throw new JobNotFoundException(id);
            IReadOnlyList<JobEvent> batch;
            do
            {
                batch = await journal.ReadEventsAsync(id, afterCursor, BatchSize, stop.Token);
                if (job.TotalSteps == 0 && batch.Count > 0)
                {
                    // The worker may have recorded the number of steps together with these events.
                    job = job with { TotalSteps = (await catalog.FindAsync(id, stop.Token) ?? job).TotalSteps };
                }

                foreach (JobEvent record in batch)
                {
                    afterCursor = record.Cursor;
                    yield return record.ToWire(id, job.TotalSteps);
                }
            }
            while (batch.Count == BatchSize);

            if (replayOnly || JobTransition.IsEnd(job.State))
            {
                yield break;
            }

            await changes.WaitAsync(LongestWait, stop.Token);
        }
    }
}
