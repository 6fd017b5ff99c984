using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;

namespace AlignService.Cli.Commands;

/// <summary>`align watch`: a job's metrics, live, until it ends.</summary>
internal sealed class WatchCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;
    private readonly Option<long> _after = new("--after") { Description = "Only events after this cursor (--json shows cursors)", HelpName = "CURSOR" };

    public WatchCommand()
        : base("watch", "Follow a job until it ends; the exit code says how. Ctrl+C leaves the job running")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        Add(_after);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align watch jobs/a1b2c3d4", "align watch a1b2c3d4 --json | jq 'select(.metrics) | [.step, .metrics.values[\"reward/mean\"]]'"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        long after = result.GetValue(_after);
        if (after < 0)
        {
            throw new CommandException(ExitCode.BadInput, $"--after is {after}; it must be at least 0 (0: from the start).");
        }

        using AlignClient client = _client.Connect(result);
        var job = await client.GetAsync(JobName.Parse(result.GetRequiredValue(_job)), cancellationToken);
        return await WatchedRun.FollowAsync(client, job, after, output, cancellationToken);
    }
}
