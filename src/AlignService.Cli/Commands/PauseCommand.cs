using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align pause`: lets a job rest after its step in hand, and waits until everything it held is free.</summary>
internal sealed class PauseCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;

    public PauseCommand()
        : base("pause", "Pause a job after the step in hand; returns when its checkpoint is written and its worker has exited")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align pause jobs/a1b2c3d4"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using var client = _client.Connect(result);
        Job job = await client.PauseAsync(JobName.Parse(result.GetRequiredValue(_job)), cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(job);
        }
        else
        {
            output.Console.WriteLine(job.State == JobState.Paused
                ? $"{job.Name} is paused after step {job.Progress.CompletedSteps}. Go on: align resume {job.Name}"
                : $"{job.Name} is {Names.State(job.State)}: it was not paused before that.");
        }

        return ExitCode.Ok;
    }
}
