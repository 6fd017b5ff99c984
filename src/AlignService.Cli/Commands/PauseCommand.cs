using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align pause`: lets a job rest after its step in hand, and waits until everything it held is free.</summary>
internal sealed class PauseCommand()
    : JobCommand("pause", "Pause a job after the step in hand; returns when its checkpoint is written and its worker has exited")
{
    public override IReadOnlyList<string> Examples => ["align pause jobs/a1b2c3d4"];

    protected override Task<Job> AskAsync(JobClient client, string name, CancellationToken cancellationToken) => client.PauseAsync(name, cancellationToken);

    protected override void Show(Job job, CommandOutput output) =>
        output.Console.WriteLine(job.State == JobState.Paused
            ? $"{job.Name} is paused after step {job.Progress.CompletedSteps}. Go on: align resume {job.Name}"
            : $"{job.Name} is {Names.State(job.State)}: it was not paused before that.");
}
