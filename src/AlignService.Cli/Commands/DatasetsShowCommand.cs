using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Transfers;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align datasets show`: one dataset, and with a way to read it, its statistics.</summary>
internal sealed class DatasetsShowCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly ReadingOptions _reading = new();
    private readonly Argument<string> _name = new("NAME") { Description = "datasets/ID, or ID" };
    private readonly Option<string?> _heldOut = new("--held-out") { Description = "A dataset with held-out data, to count what it has in common with this one", HelpName = "datasets/ID" };

    public DatasetsShowCommand()
        : base("show", "Show a dataset; with --as or --job also lengths, duplicates, and what held-out and training rows have in common")
    {
        Add(_name);
        _reading.AddTo(this);
        Add(_heldOut);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align datasets show gsm8k-train",
        "align datasets show gsm8k-train --as prompts --set prompt_field=question --held-out gsm8k-test",
        "align datasets show pairs --job examples/reward-model-training.yaml",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = StoredArgument.Parse(result.GetRequiredValue(_name), StoredName.Datasets);
        ReadingChoice choice = await _reading.ReadAsync(result, cancellationToken);
        string heldOut = result.GetValue(_heldOut) is { } given ? StoredArgument.Parse(given, StoredName.Datasets) : "";
        if (heldOut.Length > 0)
        {
            ReadingOptions.Require(choice);
        }

        using AlignClient client = _client.Connect(result);
        Dataset dataset = await client.Datasets.GetAsync(name, cancellationToken);
        GetDatasetStatisticsResponse? statistics = choice.Reading is null
            ? null
            : await client.Datasets.CountAsync(new GetDatasetStatisticsRequest { Name = name, Reading = choice.Reading, Model = choice.Model, HeldOut = heldOut }, cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject { ["dataset"] = CommandOutput.ToJson(dataset), ["statistics"] = statistics is null ? null : CommandOutput.ToJson(statistics) });
            return ExitCode.Ok;
        }

        output.Console.Write(Grid([.. Facts(dataset), .. statistics is null ? [] : Facts(statistics)]));
        if (statistics is not null)
        {
            output.Console.Write(Lengths(statistics));
        }

        return ExitCode.Ok;
    }

    private static Grid Grid(IEnumerable<(string Label, string Value)> facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string label, string value) in facts.Where(fact => fact.Value.Length > 0))
        {
            grid.AddRow(new SpectreText(label, new Style(Color.Grey)), new SpectreText(value));
        }

        return grid;
    }

    private static IEnumerable<(string Label, string Value)> Facts(Dataset dataset)
    {
        yield return ("dataset", dataset.Name);
        yield return ("rows", dataset.RowCount == 0 ? "" : Number(dataset.RowCount));
        yield return ("fields", string.Join(", ", dataset.Fields));
        yield return ("size", TransferMeter.Format(dataset.SizeBytes));
        foreach (StoredFile file in dataset.Files)
        {
            yield return ("file", $"{file.Path}, {TransferMeter.Format(file.SizeBytes)}, {file.Sha256}");
        }
    }

    private static IEnumerable<(string Label, string Value)> Facts(GetDatasetStatisticsResponse counted)
    {
        yield return ("duplicates", $"{Number(counted.DuplicateRows)} rows equal one before; {Number(counted.RepeatedPrompts)} prompts repeat one");
        yield return ("held out", counted.HeldOutRows == 0 ? "" : $"{Number(counted.HeldOutRows)} rows beside {Number(counted.TrainingRows)} of training");
        yield return ("overlap", counted.HeldOutRows == 0 ? "" :
            $"{Number(counted.HeldOutDuplicates)} held-out rows are training rows; {Number(counted.HeldOutPromptsInTraining)} have a prompt of training"
            + (counted.OverlappingRows.Count > 0 ? $" (rows {string.Join(", ", counted.OverlappingRows)}{(counted.HeldOutPromptsInTraining > counted.OverlappingRows.Count ? ", ..." : "")})" : ""));
    }

    private static Table Lengths(GetDatasetStatisticsResponse counted)
    {
        Table table = new Table().RoundedBorder().AddColumns("per row", "least", "mean", "median", "90%", "99%", "most", "all");
        foreach ((string label, LengthStatistics? lengths) in ((string, LengthStatistics?)[])
            [("characters of the prompt", counted.PromptCharacters), ("characters of answers", counted.AnswerCharacters), ("tokens of the longest sequence", counted.Tokens), ("tokens learned", counted.LearnedTokens)])
        {
            if (lengths is not null)
            {
                table.AddRow(label, Number(lengths.Minimum), lengths.Mean.ToString("N1", CultureInfo.InvariantCulture), Number(lengths.Median), Number(lengths.Percentile90), Number(lengths.Percentile99), Number(lengths.Maximum), Number(lengths.Total));
            }
        }

        return table;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
