using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Demo.Building;
using AlignService.Cli.Output;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align demo build`: rebuilds the demo's models and prompts, bit-identical on the same CPU model.</summary>
internal sealed class DemoBuildCommand : Command, IExplainedCommand
{
    private readonly Option<string> _output = new("--output", "-o") { Description = "Output directory; must not exist yet", HelpName = "DIR", Required = true };
    private readonly Option<bool> _json = new("--json") { Description = "End with one JSON line; progress goes to standard error" };

    public DemoBuildCommand()
        : base("build", "Train the demo's start policy and reward model from scratch; takes about three minutes")
    {
        Add(_output);
        Add(_json);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align demo build --output artifacts/demo"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string directory = Path.GetFullPath(result.GetRequiredValue(_output));
        if (Directory.Exists(directory))
        {
            throw new CommandException(ExitCode.BadInput, $"--output: {directory} already exists; name a new directory.");
        }

        // Tensors belong to one thread, and the command's own must stay free for Ctrl+C.
        await Task.Factory.StartNew(() => new DemoModels(directory, CommandOutput.Note).Build(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["directory"] = directory });
        }
        else
        {
            output.Console.WriteLine($"The demo's models are in {directory}; they belong in src/AlignService.Cli/Demo/assets.");
        }

        return ExitCode.Ok;
    }
}
