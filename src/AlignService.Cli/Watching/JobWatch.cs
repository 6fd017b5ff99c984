using System.Runtime.CompilerServices;
using AlignService.Cli.Connections;
using AlignService.Client;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Follows a job to its end and displays it.</summary>
internal sealed class JobWatch(AlignClient client, IWatchDisplay display)
{
    /// <returns>What the job's events said, and the job as it ended.</returns>
    public async Task<(WatchedJob Watched, Job Job)> RunAsync(Job job, long afterCursor, CancellationToken cancellationToken)
    {
        var watched = new WatchedJob(job);
        var events = client.Jobs.WatchAsync(job.Name, afterCursor, cancellationToken);
        await display.ShowAsync(watched, ApplyAsync(watched, events, cancellationToken), cancellationToken);
        return (watched, await client.GetAsync(job.Name, cancellationToken));
    }

    private static async IAsyncEnumerable<JobEvent> ApplyAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var happened in events.WithCancellation(cancellationToken))
        {
            job.Apply(happened);
            yield return happened;
        }
    }
}
