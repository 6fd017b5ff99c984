using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align datasets rm`: deletes datasets.</summary>
internal sealed class DatasetsRemoveCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string[]> _names = new("NAME") { Description = "datasets/ID, or ID", Arity = ArgumentArity.OneOrMore };

    public DatasetsRemoveCommand()
        : base("rm", "Delete datasets; refused for one that a job needs")
    {
        Add(_names);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align datasets rm gsm8k-train"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] names = [.. result.GetRequiredValue(_names).Select(name => StoredArgument.Parse(name, StoredName.Datasets))];
        using AlignClient client = _client.Connect(result);
        foreach (string name in names)
        {
            await client.Datasets.DeleteAsync(name, cancellationToken);
            if (!output.IsJson)
            {
                output.Console.WriteLine($"{name} is deleted.");
            }
        }

        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["deleted"] = new JsonArray([.. names.Select(name => (JsonNode)name)]) });
        }

        return ExitCode.Ok;
    }
}
