using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Demo;

/// <summary>One demo: a server process, the job over gRPC, its events to the end.</summary>
internal sealed class DemoRun(DemoOptions options, IWatchDisplay display, TimeProvider time)
{
    /// <param name="finished">Called with the result while the server still runs.</param>
    /// <param name="cancellationToken">Ends the demo and its processes.</param>
    public async Task<ExitCode> RunAsync(Func<DemoResult, Uri, Task> finished, CancellationToken cancellationToken)
    {
        var spec = await DemoAssets.LoadJobAsync(options.Seed, options.Shuffle, cancellationToken);
        long start = time.GetTimestamp();
        await using var server = await ServerProcess.StartAsync(options.DataRoot, options.Store, cancellationToken);
        CommandOutput.Note($"Server process {server.Id} listens on {server.Address} (log: {server.Log}).");

        using var client = new AlignClient(new AlignClientOptions { Address = server.Address });
        var created = await client.Jobs.CreateAsync(new CreateJobRequest { Spec = spec, RequestId = Guid.NewGuid().ToString("N") }, cancellationToken);
        CommandOutput.Note($"{created.Job.Name} was submitted.");
        var (watched, job) = await new JobWatch(client, display).RunAsync(created.Job, 0, cancellationToken);
        if (job.State != JobState.Succeeded)
        {
            WatchedRun.NoteFailure(job.Name, job.Failure ?? new JobFailure { Reason = Names.State(job.State) });
            CommandOutput.Note($"The server's log: {server.Log}");
            return JobEnd.ToExitCode(job.State);
        }

        await finished(DemoResult.From(job, watched, time.GetElapsedTime(start).TotalSeconds), server.Address);
        return ExitCode.Ok;
    }
}
