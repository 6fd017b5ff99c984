using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>Sends several jobs in one call, and follows them; the server's faults come back with the file's lines.</summary>
internal static class PipelineInput
{
    /// <summary>The jobs, in the order of the file.</summary>
    public static async Task<IReadOnlyList<Job>> SendAsync(this AlignClient client, PipelineFile file, string requestId, bool validateOnly, CancellationToken cancellationToken)
    {
        CreateJobsResponse response;
        try
        {
            response = await client.Jobs.CreateAllAsync(file.Request(requestId, validateOnly), cancellationToken);
        }
        catch (AlignCallException exception) when (!validateOnly && RpcErrors.NamesFaults(exception))
        {
            // An error has room for the first faults only; the same question without the order to queue has room for all.
            ThrowIfInvalid(await client.Jobs.CreateAllAsync(file.Request(requestId, validateOnly: true), cancellationToken), client, file);
            throw Rejected(client, file, RpcErrors.Faults(exception));
        }

        ThrowIfInvalid(response, client, file);
        foreach (SpecWarning warning in response.Warnings)
        {
            Fault fault = file.Place(new Fault(warning.Field, warning.Description));
            CommandOutput.Note($"{(fault.Line is { } line ? $"{file.Path}:{line}: " : "")}warning: {fault.Field}: {fault.Message}");
        }

        return response.Jobs;
    }

    /// <summary>Shows what was queued, and with <paramref name="watch"/> waits for all; the exit code is that of the first job that did not succeed.</summary>
    public static async Task<ExitCode> ReportAsync(AlignClient client, IReadOnlyList<Job> jobs, bool watch, CommandOutput output, CancellationToken cancellationToken)
    {
        if (output.IsJson && !watch)
        {
            CommandOutput.WriteJson(new ListJobsResponse { Jobs = { jobs } });
        }
        else if (!output.IsJson)
        {
            foreach (Job job in jobs)
            {
                output.Console.WriteLine($"{job.Name} is {Names.State(job.State)}: {job.Spec.DisplayName}");
            }
        }

        if (!watch)
        {
            return ExitCode.Ok;
        }

        (ExitCode code, IReadOnlyList<Job> ended) = await WaitAsync(client, jobs, cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListJobsResponse { Jobs = { ended } });
        }

        return code;
    }

    /// <summary>The jobs as they ended, and the exit code of the first that did not succeed.</summary>
    public static async Task<(ExitCode Code, IReadOnlyList<Job> Ended)> WaitAsync(AlignClient client, IReadOnlyList<Job> jobs, CancellationToken cancellationToken)
    {
        var code = ExitCode.Ok;
        List<Job> ended = [];
        foreach (Job job in jobs)
        {
            Job last = await client.Jobs.WaitAsync(job.Name, cancellationToken);
            ended.Add(last);
            CommandOutput.Note($"{last.Name} {Names.State(last.State)}: {last.Spec.DisplayName}");
            if (last.Failure is { } failure)
            {
                WatchedRun.NoteFailure(last.Name, failure);
            }

            code = code == ExitCode.Ok ? JobEnd.ToExitCode(last.State) : code;
        }

        return (code, ended);
    }

    private static void ThrowIfInvalid(CreateJobsResponse response, AlignClient client, PipelineFile file)
    {
        List<Fault> faults = [.. response.Violations.Select(violation => new Fault(violation.Field, violation.Description))];
        if (response.OmittedViolations > 0)
        {
            faults.Add(new Fault("", $"and {response.OmittedViolations} more."));
        }

        if (faults.Count > 0)
        {
            throw Rejected(client, file, faults);
        }
    }

    private static CommandException Rejected(AlignClient client, PipelineFile file, IEnumerable<Fault> faults) =>
        new(ExitCode.BadInput, $"{client.Address} rejected the jobs in {file.Path}.", [.. faults.Select(file.Place)], file.Path);
}
