using System.CommandLine;
using System.Globalization;
using AlignService.Cli.Connections;
using AlignService.Cli.History;
using AlignService.Cli.Output;
using AlignService.Cli.Watching;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;
using Spectre.Console;
using MetricSeries = AlignService.Contracts.V1.MetricSeries;

namespace AlignService.Cli.Commands;

/// <summary>`align metrics`: a job's metrics over its steps.</summary>
internal sealed class MetricsCommand : Command, IExplainedCommand
{
    private const int CurveWidth = 40;

    private readonly ClientOptions _client = new();
    private readonly Argument<string> _job;
    private readonly Option<string[]> _names = new("--names") { Description = "Only these metrics, also eval/*; by commas or repeated", HelpName = "NAME" };
    private readonly Option<int> _from = new("--from") { Description = "First step", HelpName = "STEP" };
    private readonly Option<int> _to = new("--to") { Description = "Last step", HelpName = "STEP" };
    private readonly Option<int> _points = new("--points") { Description = "Points of a metric, at most; neighbours are put together [default: 500]", HelpName = "N" };
    private readonly Option<string?> _export = new("--export") { Description = "Write the points to a file: CSV or Parquet, by its name", HelpName = "FILE" };

    public MetricsCommand()
        : base("metrics", "Show or export a job's metrics over its steps")
    {
        _job = JobName.Argument(_client);
        Add(_job);
        foreach (Option option in (Option[])[_names, _from, _to, _points, _export])
        {
            Add(option);
        }

        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align metrics a1b2c3d4 --names reward/mean,policy/kl",
        "align metrics a1b2c3d4 --names 'eval/*' --from 100",
        "align metrics a1b2c3d4 --points 10000 --export metrics.csv",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        ListMetricsRequest request = new()
        {
            Name = JobName.Parse(result.GetRequiredValue(_job)),
            Metrics = { (result.GetValue(_names) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) },
            FromStep = result.GetValue(_from),
            ToStep = result.GetValue(_to),
            Points = result.GetValue(_points),
        };
        using AlignClient client = _client.Connect(result);
        ListMetricsResponse metrics = await client.Jobs.ListMetricsAsync(request, cancellationToken);
        if (result.GetValue(_export) is { } file)
        {
            CommandOutput.Note($"{await MetricExport.WriteAsync(file, metrics.Series)} points of {metrics.Series.Count} metrics are in {file}");
        }
        else if (output.IsJson)
        {
            CommandOutput.WriteJson(metrics);
        }
        else if (metrics.Series.Count == 0)
        {
            output.Console.WriteLine("No metric is like that.");
        }
        else
        {
            output.Console.Write(Table(metrics));
        }

        return ExitCode.Ok;
    }

    private static Table Table(ListMetricsResponse metrics)
    {
        Table table = new Table().RoundedBorder().AddColumns("metric", "steps", "first", "last", "min", "max", "");
        foreach (MetricSeries series in metrics.Series)
        {
            table.AddRow([
                new SpectreText(series.Metric),
                .. new[]
                {
                    string.Create(CultureInfo.InvariantCulture, $"{series.Points[0].Step}–{series.Points[^1].Step}"),
                    MetricText.Number(series.Points[0].Value),
                    MetricText.Number(series.Points[^1].Value),
                    MetricText.Number(series.Points.Min(point => point.Min)),
                    MetricText.Number(series.Points.Max(point => point.Max)),
                }.Select(text => new SpectreText(text).RightJustified()),
                new SpectreText(Sparkline.Draw([.. series.Points.Select(point => point.Value)], CurveWidth)),
            ]);
        }

        return table;
    }
}
