using System.Runtime.CompilerServices;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Follows a job to its end and shows it in the form that suits the output.</summary>
internal sealed class JobWatch(JobClient client, CommandOutput output, TimeProvider time)
{
    /// <returns>What the job's events have told, and the job as it ended.</returns>
    /// <exception cref="OperationCanceledException">The user had enough; the job goes on.</exception>
    public async Task<(WatchedJob Watched, Job Job)> RunAsync(Job job, long afterCursor, CancellationToken cancellationToken)
    {
        var watched = new WatchedJob(job);
        var events = ApplyAsync(watched, new JobFollower(client, time).FollowAsync(job.Name, afterCursor, cancellationToken), cancellationToken);
        try
        {
            await CreateDisplay().ShowAsync(watched, events, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            CommandOutput.Note($"{job.Name} goes on without you. Watch it again: align watch {job.Name}    End it: align cancel {job.Name}");
            throw;
        }

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

    private IWatchDisplay CreateDisplay() =>
        output.IsJson ? new JsonDisplay() : output.IsInteractive ? new LiveDisplay(output.Console, time) : new PlainDisplay(Console.Out);
}
