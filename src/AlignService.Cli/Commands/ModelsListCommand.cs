using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Transfers;
using AlignService.Cli.Wording;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align models list`: the models that a server keeps.</summary>
internal sealed class ModelsListCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();

    public ModelsListCommand()
        : base("list", "List the server's models by name")
    {
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align models list", "align models list --json | jq -r '.models[].name'"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using AlignClient client = _client.Connect(result);
        List<StoredModel> models = await client.Models.ListAsync(cancellationToken).ToListAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListModelsResponse { Models = { models } });
        }
        else if (models.Count == 0)
        {
            output.Console.WriteLine("No models yet. `align models push DIR` imports one.");
        }
        else
        {
            output.Console.Write(Table(models, TimeProvider.System.GetUtcNow()));
        }

        return ExitCode.Ok;
    }

    private static Table Table(IEnumerable<StoredModel> models, DateTimeOffset now)
    {
        Table table = new Table().RoundedBorder().AddColumns("model", "kind", "parameters", "size", "age");
        foreach (StoredModel model in models)
        {
            table.AddRow(
                new SpectreText(model.Name),
                new SpectreText(model.Imported ? model.Kind.Replace('_', ' ') : "put there by hand"),
                new SpectreText(model.ParameterCount == 0 ? "" : model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture)).RightJustified(),
                new SpectreText(TransferMeter.Format(model.SizeBytes)).RightJustified(),
                new SpectreText(DurationWords.Format(now - model.CreateTime.ToDateTimeOffset())).RightJustified());
        }

        return table;
    }
}
