using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align delete`: removes an ended job and everything of it.</summary>
internal sealed class DeleteCommand() : JobCommand("delete", "Delete an ended job with its events and checkpoints")
{
    public override IReadOnlyList<string> Examples => ["align delete jobs/a1b2c3d4"];

    /// <returns>The job as it was.</returns>
    protected override async Task<Job> AskAsync(AlignClient client, string name, ParseResult result, CancellationToken cancellationToken)
    {
        Job job = await client.GetAsync(name, cancellationToken);
        await client.Jobs.DeleteAsync(name, cancellationToken);
        return job;
    }

    protected override void Show(Job job, CommandOutput output) => output.Console.WriteLine($"{job.Name} is deleted.");
}
