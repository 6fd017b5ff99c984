using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Transfers;
using AlignService.Client;
using AlignService.Contracts.V1;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align models show`: what a server says of a model or a job's checkpoint.</summary>
internal sealed class ModelsShowCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string> _name = new("NAME") { Description = "models/ID (or ID), or jobs/JOB/checkpoints/best (last, step-000120)" };

    public ModelsShowCommand()
        : base("show", "Show what a model or a job's checkpoint holds, the memory that it needs, and what is unusual about it")
    {
        Add(_name);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align models show smollm2-135m-instruct", "align models show jobs/a1b2c3d4/checkpoints/best --json | jq .report"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        using AlignClient client = _client.Connect(result);
        StoredModel model = await client.Models.GetAsync(ModelsPullCommand.NameOf(result.GetRequiredValue(_name)), cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(model);
        }
        else
        {
            Show(model, output.Console);
        }

        return ExitCode.Ok;
    }

    /// <summary>For people.</summary>
    internal static void Show(StoredModel model, IAnsiConsole console)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string label, string value) in Facts(model).Where(fact => fact.Value.Length > 0))
        {
            grid.AddRow(new SpectreText(label, new Style(Color.Grey)), new SpectreText(value));
        }

        console.Write(grid);
        foreach (ModelReport.Types.ModelFinding finding in model.Report.Findings)
        {
            console.Write(new SpectreText($"{(finding.Fault ? "fault" : "warning")} ", new Style(finding.Fault ? Color.Red : Color.Yellow)));
            console.WriteLine($"{finding.Code}: {finding.Message}");
        }

        var table = new Table().RoundedBorder().AddColumns("file", "size", "sha256");
        foreach (StoredFile file in model.Files)
        {
            table.AddRow(new SpectreText(file.Path), new SpectreText(TransferMeter.Format(file.SizeBytes)).RightJustified(), new SpectreText(file.Sha256));
        }

        console.Write(table);
    }

    private static IEnumerable<(string Label, string Value)> Facts(StoredModel model)
    {
        ModelReport report = model.Report;
        yield return ("model", model.Name);
        yield return ("kind", model.Kind.Replace('_', ' '));
        yield return ("family", report.Family);
        yield return ("parameters", model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture));
        yield return ("dtype", string.Join(", ", report.StoredDtypes));
        yield return ("context", report.ContextLength == 0 ? "" : $"{report.ContextLength} tokens");
        yield return ("end tokens", string.Join(", ", report.EndTokens.Select(token => $"{token.Id} {token.Text}".Trim())));
        yield return ("tokenizer", report.Tokenizer is { } tokenizer ? $"{tokenizer.Kind}, {tokenizer.VocabularySize} ids" : "");
        yield return ("adapter", report.Adapter is { } adapter ? string.Create(CultureInfo.InvariantCulture, $"rank {adapter.Rank}, alpha {adapter.Alpha}, over {adapter.BaseModel}") : "");
        yield return ("memory", report.Memory is { } memory
            ? $"{TransferMeter.Format(memory.FullTraining)} to train all weights, {TransferMeter.Format(memory.AdapterTraining)} an adapter, {TransferMeter.Format(memory.Sampling)} to sample ({memory.Rows} sequences of {memory.Length} tokens, float32 on a CPU)"
            : "");
        yield return ("size", TransferMeter.Format(model.SizeBytes));
        yield return ("created", model.CreateTime.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
    }
}
