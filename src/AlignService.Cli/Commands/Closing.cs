using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>The last words on a job that was watched to its end.</summary>
internal static class Closing
{
    public static ExitCode Report(Job job, CommandOutput output)
    {
        if (job.Failure is { } failure)
        {
            CommandOutput.Note($"{job.Name} failed ({failure.Reason}): {failure.Message}");
            if (failure.Remedy.Length > 0)
            {
                CommandOutput.Note($"What to try: {failure.Remedy}");
            }
        }
        else if (!output.IsJson && job.Checkpoints.LastOrDefault() is { } last)
        {
            output.Console.WriteLine($"{job.Name} {Names.State(job.State)}. Checkpoint: {last.Directory}");
        }

        return JobEnd.ToExitCode(job.State);
    }
}
