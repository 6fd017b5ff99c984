using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Commands;

/// <summary>The argument that names a job file, and the call that sends it; the server's faults come back with the file's lines.</summary>
internal static class JobFileInput
{
    public static Argument<string> Argument() => new("file") { Description = "The job file, YAML or JSON (schema: `align schema`); - reads standard input", HelpName = "JOB.yaml" };

    public static async Task<CreateJobResponse> SendAsync(this JobClient client, JobFile file, string requestId, bool validateOnly, CancellationToken cancellationToken)
    {
        try
        {
            var response = await client.CreateAsync(new CreateJobRequest { Spec = file.Spec, RequestId = requestId, ValidateOnly = validateOnly }, cancellationToken);
            foreach (var warning in response.Warnings)
            {
                var fault = file.Place(new Fault(warning.Field, warning.Description));
                CommandOutput.Note($"{(fault.Line is { } line ? $"{file.Path}:{line}: " : "")}warning: {fault.Field}: {fault.Message}");
            }

            return response;
        }
        catch (CommandException exception) when (exception.ExitCode == ExitCode.BadInput && exception.Faults.Count > 0)
        {
            throw new CommandException(ExitCode.BadInput, $"{client.Address} rejected the job in {file.Path}.", [.. exception.Faults.Select(fault => file.Place(fault))], file.Path);
        }
    }
}
