using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align extend`: more steps for a job that has succeeded.</summary>
internal sealed class ExtendCommand() : JobCommand("extend", "Add steps to a job that has succeeded; it goes on as if it had been submitted with them", Steps)
{
    private static readonly Option<int> Steps = new("--steps") { Description = "Steps of the job in all, those that are done included", HelpName = "N", Required = true };

    public override IReadOnlyList<string> Examples => ["align extend jobs/a1b2c3d4 --steps 400"];

    protected override Task<Job> AskAsync(AlignClient client, string name, ParseResult result, CancellationToken cancellationToken) =>
        client.OnJobAsync(name, jobs => jobs.ExtendAsync(name, result.GetValue(Steps), cancellationToken), cancellationToken);

    protected override void Show(Job job, CommandOutput output) => output.Console.WriteLine($"{job.Name} is {Names.State(job.State)} again, for {job.Progress.TotalSteps} steps in all. Follow it: align watch {job.Name}");
}
