using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Commands;

/// <summary>The argument that names a job file, and the call that sends it; the server's faults come back with the file's lines.</summary>
internal static class JobFileInput
{
    public static Argument<string> Argument() => new("file") { Description = "The job file, YAML or JSON (schema: `align schema`); - reads standard input", HelpName = "JOB.yaml" };

    public static Option<string[]> SetOption() => new("--set")
    {
        Description = "Set a field of the file: grpo.optimizer.learning_rate=1e-6, seed=3, grpo.rewards[0].weight=0.5; the value is YAML; may be repeated",
        HelpName = "FIELD=VALUE",
    };

    public static Option<string> RequestIdOption() => new("--request-id")
    {
        Description = "Makes a repeated submit safe: the same id returns the job it created the first time",
        HelpName = "ID",
        DefaultValueFactory = _ => "",
    };

    public static async Task<CreateJobResponse> SendAsync(
        this AlignClient client, JobFile file, string requestId, bool validateOnly, CancellationToken cancellationToken, ForkSource? fork = null)
    {
        var request = new CreateJobRequest { Spec = file.Spec, RequestId = requestId, ValidateOnly = validateOnly, ListViolations = validateOnly, Fork = fork };
        try
        {
            var response = await client.Jobs.CreateAsync(request, cancellationToken);
            ThrowIfInvalid(response, client, file);
            foreach (var warning in response.Warnings)
            {
                var fault = file.Place(new Fault(warning.Field, warning.Description));
                CommandOutput.Note($"{(fault.Line is { } line ? $"{file.Path}:{line}: " : "")}warning: {fault.Field}: {fault.Message}");
            }

            InlineRows.Restore(response.Job.Spec, file.Spec);
            return response;
        }
        catch (AlignCallException exception) when (!validateOnly && RpcErrors.NamesFaults(exception))
        {
            // An error has room for the first faults only; the same question without the order to queue has room for all.
            request.MergeFrom(new CreateJobRequest { ValidateOnly = true, ListViolations = true });
            ThrowIfInvalid(await client.Jobs.CreateAsync(request, cancellationToken), client, file);
            throw Rejected(client, file, RpcErrors.Faults(exception)); // mended in between: what was said before holds for the job that was refused
        }
    }

    private static void ThrowIfInvalid(CreateJobResponse response, AlignClient client, JobFile file)
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

    private static CommandException Rejected(AlignClient client, JobFile file, IEnumerable<Fault> faults) =>
        new(ExitCode.BadInput, $"{client.Address} rejected the job in {file.Path}.", [.. faults.Select(file.Place)], file.Path);
}
