using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align submit`: queues the job in a file.</summary>
internal sealed class SubmitCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _file = JobFileInput.Argument();
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Follow the job until it ends; the exit code says how" };
    private readonly Option<string[]> _set = JobFileInput.SetOption();
    private readonly Option<string> _requestId = JobFileInput.RequestIdOption();

    public SubmitCommand()
        : base("submit", "Submit a job file, or a file with several jobs that name each other")
    {
        Add(_file);
        Add(_set);
        Add(_watch);
        Add(_requestId);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align submit examples/gsm8k.yaml",
        "align submit examples/gsm8k.yaml --watch",
        "align submit examples/gsm8k.yaml --set seed=2 --set grpo.optimizer.learning_rate=2e-6",
        "job=$(align submit examples/gsm8k.yaml --json --request-id \"build-$BUILD\" | jq -r .name)",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        JobTree tree = await JobTree.ReadAsync(result.GetRequiredValue(_file), result.GetValue(_set) ?? [], cancellationToken);
        using AlignClient client = _client.Connect(result);
        string requestId = result.GetValue(_requestId) is { Length: > 0 } given ? given : Guid.NewGuid().ToString("N");
        bool watch = result.GetValue(_watch);
        if (PipelineFile.Is(tree))
        {
            var jobs = await client.SendAsync(PipelineFile.Of(tree), requestId, validateOnly: false, cancellationToken);
            return await PipelineInput.ReportAsync(client, jobs, watch, output, cancellationToken);
        }

        var job = (await client.SendAsync(JobFile.Of(tree), requestId, validateOnly: false, cancellationToken)).Job;
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job);
        }
        else
        {
            output.Console.WriteLine(watch ? $"{job.Name} is queued." : $"{job.Name} is queued. Follow it: align watch {job.Name}");
        }

        return watch ? await WatchedRun.FollowAsync(client, job, 0, output, cancellationToken) : ExitCode.Ok;
    }
}
