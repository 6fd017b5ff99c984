using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align cancel`: cancels a job and waits until everything it held is freed.</summary>
internal sealed class CancelCommand() : JobCommand("cancel", "Cancel a job; returns when its worker has exited and everything is freed")
{
    public override IReadOnlyList<string> Examples => ["align cancel jobs/a1b2c3d4"];

    protected override Task<Job> AskAsync(AlignClient client, string name, ParseResult result, CancellationToken cancellationToken) => client.OnJobAsync(name, jobs => jobs.CancelAsync(name, cancellationToken), cancellationToken);

    protected override void Show(Job job, CommandOutput output) =>
        output.Console.WriteLine(job.State == JobState.Cancelled ? $"{job.Name} is cancelled." : $"{job.Name} had already ended: {Names.State(job.State)}.");
}
