using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align models rm`: deletes models.</summary>
internal sealed class ModelsRemoveCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string[]> _names = new("NAME") { Description = "models/ID, or ID", Arity = ArgumentArity.OneOrMore };

    public ModelsRemoveCommand()
        : base("rm", "Delete models; refused for one that a job or an adapter needs")
    {
        Add(_names);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align models rm my-model", "align models rm my-adapter smollm2-135m-instruct"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] names = [.. result.GetRequiredValue(_names).Select(name => StoredArgument.Parse(name, StoredName.Models))];
        using AlignClient client = _client.Connect(result);
        foreach (string name in names)
        {
            await client.Models.DeleteAsync(name, cancellationToken);
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
