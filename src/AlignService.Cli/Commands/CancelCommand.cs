using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align cancel`: ends a job and waits until everything it held is free.</summary>
internal sealed class CancelCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;

    public CancelCommand()
        : base("cancel", "Cancel a job; returns when its worker has exited and everything is freed")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align cancel jobs/a1b2c3d4"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var client = _client.Connect(result);
        var job = await client.CancelAsync(JobName.Parse(result.GetRequiredValue(_job)), cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job);
        }
        else
        {
            output.Console.WriteLine(job.State == JobState.Cancelled ? $"{job.Name} is cancelled." : $"{job.Name} had ended before: {Names.State(job.State)}.");
        }

        return ExitCode.Ok;
    }
}
