using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align resume`: queues a paused job again.</summary>
internal sealed class ResumeCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Follow the job until it ends; the exit code says how" };

    public ResumeCommand()
        : base("resume", "Queue a paused job again; it continues from its last step, bit for bit as if it had not been paused")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        Add(_watch);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align resume jobs/a1b2c3d4", "align resume a1b2c3d4 --watch"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using AlignClient client = _client.Connect(result);
        string name = JobName.Parse(result.GetRequiredValue(_job));
        Job job = await client.OnJobAsync(name, jobs => jobs.ResumeAsync(name, cancellationToken), cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job);
        }
        else
        {
            output.Console.WriteLine($"{job.Name} is {Names.State(job.State)}.");
        }

        return result.GetValue(_watch) ? await WatchedRun.FollowAsync(client, job, 0, output, cancellationToken) : ExitCode.Ok;
    }
}
