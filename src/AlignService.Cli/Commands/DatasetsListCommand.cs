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

/// <summary>`align datasets list`: the data that a server keeps.</summary>
internal sealed class DatasetsListCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();

    public DatasetsListCommand()
        : base("list", "List the server's datasets by name")
    {
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align datasets list", "align datasets list --json | jq -r '.datasets[].name'"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using AlignClient client = _client.Connect(result);
        List<Dataset> datasets = await client.Datasets.ListAsync(cancellationToken).ToListAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new ListDatasetsResponse { Datasets = { datasets } });
        }
        else if (datasets.Count == 0)
        {
            output.Console.WriteLine("No datasets yet. `align datasets push FILE` uploads one.");
        }
        else
        {
            output.Console.Write(Table(datasets, TimeProvider.System.GetUtcNow()));
        }

        return ExitCode.Ok;
    }

    private static Table Table(IEnumerable<Dataset> datasets, DateTimeOffset now)
    {
        Table table = new Table().RoundedBorder().AddColumns("dataset", "format", "rows", "size", "age");
        foreach (Dataset dataset in datasets)
        {
            table.AddRow(
                new SpectreText(dataset.Name),
                new SpectreText(dataset.Uploaded ? dataset.Format.TrimStart('.') : "put there by hand"),
                new SpectreText(dataset.RowCount == 0 ? "" : dataset.RowCount.ToString("N0", CultureInfo.InvariantCulture)).RightJustified(),
                new SpectreText(TransferMeter.Format(dataset.SizeBytes)).RightJustified(),
                new SpectreText(DurationWords.Format(now - dataset.CreateTime.ToDateTimeOffset())).RightJustified());
        }

        return table;
    }
}
