using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Server.Hosting;
using AlignService.Specs.Resources;
using AlignService.Store.Checkpoints;

namespace AlignService.Cli.Sampling;

/// <summary>A model that a command reads from this machine's disk: a directory, or jobs/ID/checkpoints/best below the data root of the server that trained it.</summary>
internal sealed class NamedModel
{
    private static readonly HostSetting Setting = HostSettingCatalog.Of(nameof(HostSettings.Data));

    /// <summary>What a command's help says of such a name.</summary>
    public const string Explanation = "a directory, or jobs/ID/checkpoints/best, last or N";

    private readonly Option<string> _data = new(Setting.Flag)
    {
        Description = $"Data root of the server, for jobs/ID/checkpoints/... [env: {Setting.Variable}]",
        HelpName = "DIR",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(Setting.Variable) is { Length: > 0 } value ? value : new HostSettings().Data,
    };

    public void AddTo(Command command) => command.Add(_data);

    /// <returns>The directory; a name that is none of a job is one already.</returns>
    /// <exception cref="CheckpointException">The job has no such checkpoint there, or none that is intact.</exception>
    public string Resolve(ParseResult result, string name)
    {
        if (!ModelReference.IsCheckpoint(name) || Directory.Exists(name))
        {
            return name;
        }

        string root = result.GetValue(_data)!; // it has a default
        if (ModelReference.Parse(WithStepName(name)) is not { JobId: { } job, CheckpointName: { } checkpoint })
        {
            throw new CommandException(ExitCode.BadInput, $"\"{name}\" names no checkpoint; give jobs/ID/checkpoints/best, last or N, or a directory.");
        }

        RequireJob(root, job);
        var found = new FileCheckpointStore(root, TimeProvider.System).Find(job, checkpoint);
        foreach (string warning in found.Warnings)
        {
            CommandOutput.Note($"warning: {warning}");
        }

        return found.Directory;
    }

    private static void RequireJob(string root, JobId job)
    {
        if (!Directory.Exists(Path.Combine(root, "jobs", job.Value)))
        {
            throw new CommandException(ExitCode.NotFound, $"There is no {job.ResourceName} below the data root {Path.GetFullPath(root)}; name the server's data root with {Setting.Flag} or {Setting.Variable}.");
        }
    }

    /// <summary>As servers name checkpoints: a plain number is a step.</summary>
    public static string WithStepName(string name)
    {
        int slash = name.LastIndexOf('/');
        return ModelReference.IsCheckpoint(name) && int.TryParse(name.AsSpan(slash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int step) ? $"{name[..slash]}/step-{step:D6}" : name;
    }
}
