using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align datasets preview`: rows as a trainer sees them.</summary>
internal sealed class DatasetsPreviewCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly ReadingOptions _reading = new();
    private readonly Argument<string> _name = new("NAME") { Description = "datasets/ID, or ID" };
    private readonly Option<int> _rows = new("--rows", "-n") { Description = "How many rows, at most 100", DefaultValueFactory = _ => 5, HelpName = "N" };
    private readonly Option<long> _from = new("--from") { Description = "The first row, from 0", HelpName = "N" };
    private readonly Option<bool> _ids = new("--token-ids") { Description = "With --json, also the tokens' ids" };

    public DatasetsPreviewCommand()
        : base("preview", "Show rows as a trainer sees them: the rendered text, its tokens, and which of them are learned")
    {
        Add(_name);
        _reading.AddTo(this);
        Add(_rows);
        Add(_from);
        Add(_ids);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align datasets preview gsm8k-train --job examples/gsm8k.yaml",
        "align datasets preview chats --as examples --model models/smollm2-135m-instruct --rows 2 --from 100",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = StoredArgument.Parse(result.GetRequiredValue(_name), StoredName.Datasets);
        ReadingChoice choice = await _reading.ReadAsync(result, cancellationToken);
        var request = new PreviewDatasetRequest
        {
            Name = name,
            Reading = ReadingOptions.Require(choice),
            Model = choice.Model.Length > 0 ? choice.Model : throw new CommandException(ExitCode.BadInput, "Name the model with --model, or a job file with --job."),
            RowCount = result.GetValue(_rows),
            FirstRow = result.GetValue(_from),
            WithTokenIds = result.GetValue(_ids),
        };
        if (choice.MaxLength is { } length)
        {
            request.MaxLength = length;
        }

        using AlignClient client = _client.Connect(result);
        IReadOnlyList<PreviewRow> rows = await client.Datasets.PreviewAsync(request, cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new PreviewDatasetResponse { Rows = { rows } });
        }
        else if (rows.Count == 0)
        {
            output.Console.WriteLine($"{name} has no row {request.FirstRow}.");
        }

        foreach (PreviewRow row in output.IsJson ? [] : rows)
        {
            Show(row, output.Console);
        }

        return ExitCode.Ok;
    }

    private static void Show(PreviewRow row, IAnsiConsole console)
    {
        if (row.Fault.Length > 0)
        {
            console.WriteLine($"row {row.Index}: cannot be encoded: {row.Fault}");
        }

        foreach (PreviewSequence sequence in row.Sequences)
        {
            console.WriteLine($"row {row.Index}, {sequence.Label}: {sequence.TokenCount} tokens, {sequence.LearnedTokenCount} learned{(sequence.Overlong ? ", overlong" : "")}{(row.HeldOut ? ", held out" : "")}");
            var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn();
            foreach (PreviewSegment segment in sequence.Segments)
            {
                grid.AddRow(new SpectreText(segment.Learned ? "learned" : "given", new Style(segment.Learned ? Color.Green : Color.Grey)), new SpectreText(segment.Text, new Style(segment.Learned ? Color.Green : Color.Default)));
            }

            console.Write(grid);
        }
    }
}
