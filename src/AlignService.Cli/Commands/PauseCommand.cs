using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align pause`: pauses a job after its current step and waits until everything it held is freed.</summary>
internal sealed class PauseCommand()
    : JobCommand("pause", "Pause a job after the current step; returns when its checkpoint is written and its worker has exited")
{
    public override IReadOnlyList<string> Examples => ["align pause jobs/a1b2c3d4"];

    protected override Task<Job> AskAsync(AlignClient client, string name, ParseResult result, CancellationToken cancellationToken) => client.OnJobAsync(name, jobs => jobs.PauseAsync(name, cancellationToken), cancellationToken);

    protected override void Show(Job job, CommandOutput output) =>
        output.Console.WriteLine(job.State == JobState.Paused
            ? $"{job.Name} is paused after step {job.Progress.CompletedSteps}. Resume it: align resume {job.Name}"
            : $"{job.Name} was not paused; it is {Names.State(job.State)}.");
}
