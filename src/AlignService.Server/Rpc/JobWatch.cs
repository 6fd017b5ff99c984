using System.Runtime.CompilerServices;
using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using Microsoft.Extensions.Hosting;

namespace AlignService.Server.Rpc;

/// <summary>
/// A job's events after a cursor, then live until it ends. There is no seam between the two: both are reads of the store after the last cursor, and a
/// change only says when to read again.
/// </summary>
internal sealed class JobWatch(IJobStore store, IHostApplicationLifetime lifetime)
{
    private const int BatchSize = 256;

    /// <summary>A missed wake-up costs no more than this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public async IAsyncEnumerable<JobEvent> ReadAsync(JobId id, long afterCursor, bool replayOnly, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using IJobChanges changes = await store.FollowAsync(id, stop.Token);
        while (true)
        {
            // The state is read before the events: where it is an end, the read that follows sees the job's last event.
            Job job = await store.FindAsync(id, stop.Token) ?? throw new JobNotFoundException(id);
            IReadOnlyList<JobEvent> batch;
            do
            {
                batch = await store.ReadEventsAsync(id, afterCursor, BatchSize, stop.Token);
                foreach (JobEvent record in batch)
                {
                    afterCursor = record.Cursor;
                    yield return record;
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
