using System.CommandLine;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align models rm` and `align datasets rm`: delete what a server keeps.</summary>
internal sealed class StoredRemoveCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly string _collection;
    private readonly Argument<string[]> _names;
    private readonly Func<AlignClient, string, CancellationToken, Task> _delete;

    private StoredRemoveCommand(string collection, string description, IReadOnlyList<string> examples, Func<AlignClient, string, CancellationToken, Task> delete)
        : base("rm", description)
    {
        _collection = collection;
        _names = new Argument<string[]>("NAME") { Description = $"{collection}/ID, or ID", Arity = ArgumentArity.OneOrMore };
        _delete = delete;
        Examples = examples;
        Add(_names);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples { get; }

    public static StoredRemoveCommand OfModels() => new(
        StoredName.Models,
        "Delete models; refused for one that a job or an adapter needs",
        ["align models rm my-model", "align models rm my-adapter smollm2-135m-instruct"],
        (client, name, cancellationToken) => client.Models.DeleteAsync(name, cancellationToken));

    public static StoredRemoveCommand OfDatasets() => new(
        StoredName.Datasets,
        "Delete datasets; refused for one that a job needs",
        ["align datasets rm gsm8k-train"],
        (client, name, cancellationToken) => client.Datasets.DeleteAsync(name, cancellationToken));

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] names = [.. result.GetRequiredValue(_names).Select(name => StoredArgument.Parse(name, _collection))];
        using AlignClient client = _client.Connect(result);
        foreach (string name in names)
        {
            await _delete(client, name, cancellationToken);
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
