using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Transfers;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align models pull`: downloads a model or a job's checkpoint.</summary>
internal sealed class ModelsPullCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _name = new("NAME") { Description = "models/ID (or ID), or jobs/JOB/checkpoints/best (last, step-000120)" };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The directory to write, which must not exist; left out, the name's last part", HelpName = "DIR" };

    public ModelsPullCommand()
        : base("pull", "Download a model, or a job's checkpoint or adapter; interrupted, the same command continues")
    {
        Add(_name);
        Add(_output);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align models pull jobs/a1b2c3d4/checkpoints/best --output tuned", "align models pull smollm2-135m-instruct"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = NameOf(result.GetRequiredValue(_name));
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(result.GetValue(_output) ?? name[(name.LastIndexOf('/') + 1)..]));
        if (Path.Exists(target))
        {
            throw new CommandException(ExitCode.BadInput, $"{target} exists; choose another directory with --output.");
        }

        using AlignClient client = _client.Connect(result);
        DownloadStart pulled = await TransferMeter.ShowAsync(output, meter => client.Models.PullAsync(name, target, meter, cancellationToken));
        long bytes = pulled.Files.Sum(file => file.SizeBytes);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["name"] = pulled.Name, ["directory"] = target, ["files"] = pulled.Files.Count, ["bytes"] = bytes });
        }
        else
        {
            output.Console.WriteLine($"{pulled.Name} is in {target}: {pulled.Files.Count} files, {TransferMeter.Format(bytes)}.");
        }

        return ExitCode.Ok;
    }

    /// <summary>A checkpoint's name as it is, anything else a model's.</summary>
    internal static string NameOf(string text) => text.StartsWith("jobs/", StringComparison.Ordinal) ? text : StoredArgument.Parse(text, StoredName.Models);
}
