using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Watching;

/// <summary>Watches a job for a user who may stop watching at any time, and reports how it ended.</summary>
internal static class WatchedRun
{
    public static async Task<ExitCode> FollowAsync(AlignClient client, Job job, long afterCursor, CommandOutput output, CancellationToken cancellationToken)
    {
        if (!output.IsInteractive)
        {
            string state = job.Waiting is { } waiting ? $"{Names.State(job.State)}, {waiting.Text}" : TimeLeft.Of(job, TimeProvider.System.GetUtcNow()) is { Length: > 0 } left ? $"{Names.State(job.State)}, {left}" : Names.State(job.State);
            CommandOutput.Note($"Watching {job.Name} ({state}); Ctrl+C stops watching; the job keeps running.");
        }

        try
        {
            var (_, ended) = await new JobWatch(client, WatchDisplay.For(output)).RunAsync(job, afterCursor, cancellationToken);
            return Report(ended, output);
        }
        catch (AlignCallException exception) when (exception.IsUnreachable)
        {
            throw new CommandException(ExitCode.ServerUnreachable, $"{exception.Message} The job keeps running; try `align watch {job.Name}` later.", exception);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            CommandOutput.Note($"{job.Name} keeps running. Watch it again: align watch {job.Name}    Cancel it: align cancel {job.Name}");
            throw;
        }
    }

    private static ExitCode Report(Job job, CommandOutput output)
    {
        if (job.Failure is { } failure)
        {
            NoteFailure(job.Name, failure);
        }
        else if (!output.IsJson && job.Checkpoints.LastOrDefault() is { } last)
        {
            output.Console.WriteLine($"{job.Name} {Names.State(job.State)}. Checkpoint: {last.Directory}");
        }

        return JobEnd.ToExitCode(job.State);
    }

    public static void NoteFailure(string name, JobFailure failure)
    {
        CommandOutput.Note($"{name} failed ({failure.Reason}): {failure.Message}");
        if (failure.Remedy.Length > 0)
        {
            CommandOutput.Note($"What to try: {failure.Remedy}");
        }
    }
}
