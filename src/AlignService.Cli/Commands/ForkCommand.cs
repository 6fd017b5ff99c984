using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align fork`: a new job that begins with a checkpoint of another one.</summary>
internal sealed class ForkCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _checkpoint = new("checkpoint") { Description = "jobs/ID/checkpoints/STEP, where STEP is step-000120, last or best", HelpName = "CHECKPOINT" };
    private readonly Option<string?> _changes = new("--changes") { Description = "A job file with only the settings that are to be different", HelpName = "JOB.yaml" };
    private readonly Option<string[]> _set = JobFileInput.SetOption();
    private readonly Option<bool> _fresh = new("--fresh") { Description = "Start a new run from the weights, without optimizer moments, completed steps and position in the data" };
    private readonly Option<string> _requestId = JobFileInput.RequestIdOption();
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Follow the job until it ends; the exit code says how" };

    public ForkCommand()
        : base("fork", "Submit a new job that goes on from a checkpoint of another one, with other settings where given")
    {
        Add(_checkpoint);
        Add(_changes);
        Add(_set);
        Add(_fresh);
        Add(_requestId);
        Add(_watch);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align fork jobs/a1b2c3d4/checkpoints/step-000120 --set grpo.optimizer.learning_rate=5e-7",
        "align fork jobs/a1b2c3d4/checkpoints/best --fresh --set seed=2 --watch",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] settings = result.GetValue(_set) ?? [];
        JobFile changes = result.GetValue(_changes) is { } path ? await JobFile.ReadAsync(path, settings, cancellationToken) : JobFile.OfSettings(settings);
        var fork = new ForkSource { Checkpoint = result.GetRequiredValue(_checkpoint), State = result.GetValue(_fresh) ? ForkState.Fresh : ForkState.Kept };
        using AlignClient client = _client.Connect(result);
        string requestId = result.GetValue(_requestId)!;
        Job job = (await client.SendAsync(changes, requestId.Length > 0 ? requestId : Guid.NewGuid().ToString("N"), validateOnly: false, cancellationToken, fork)).Job;
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job);
        }
        else
        {
            output.Console.WriteLine($"{job.Name} is {Names.State(job.State)}, forked from {job.Fork.Checkpoint}.");
        }

        return result.GetValue(_watch) ? await WatchedRun.FollowAsync(client, job, 0, output, cancellationToken) : ExitCode.Ok;
    }
}
