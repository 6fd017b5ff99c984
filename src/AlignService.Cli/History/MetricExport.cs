using System.Globalization;
using System.Text;
using AlignService.Contracts.V1;
using AlignService.Store.Columns;

namespace AlignService.Cli.History;

/// <summary>Metrics as files: one row per point.</summary>
internal static class MetricExport
{
    private const int GroupSize = 50_000;

    /// <param name="path">Ends with .csv or .parquet.</param>
    /// <param name="series">By name.</param>
    /// <returns>How many rows there are.</returns>
    public static Task<int> WriteAsync(string path, IReadOnlyList<MetricSeries> series) => ExportFile.WriteAsync(path, new Dictionary<string, Func<FileStream, Task<int>>>
    {
        [".csv"] = file => WriteLinesAsync(file, Rows(series)),
        [".parquet"] = file => WriteTableAsync(file, Rows(series)),
    });

    private static (string Metric, MetricPoint Point)[] Rows(IReadOnlyList<MetricSeries> series) => [.. series.SelectMany(one => one.Points.Select(point => (one.Metric, point)))];

    /// <summary>Names of metrics need no quotes: they are made of letters, digits, '_', '-' and '/'.</summary>
    private static async Task<int> WriteLinesAsync(FileStream file, (string Metric, MetricPoint Point)[] rows)
    {
        await using StreamWriter lines = new(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        await lines.WriteAsync("metric,step,value,min,max,count\n");
        foreach ((string metric, MetricPoint point) in rows)
        {
            await lines.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{metric},{point.Step},{point.Value:R},{point.Min:R},{point.Max:R},{point.Count}\n"));
        }

        return rows.Length;
    }

    private static async Task<int> WriteTableAsync(FileStream file, (string Metric, MetricPoint Point)[] rows)
    {
        TableColumn[] columns =
        [
            TableColumn.Texts("metric", [.. rows.Select(row => row.Metric)]),
            TableColumn.Numbers("step", (int[])[.. rows.Select(row => row.Point.Step)]),
            TableColumn.Numbers("value", (double[])[.. rows.Select(row => row.Point.Value)]),
            TableColumn.Numbers("min", (double[])[.. rows.Select(row => row.Point.Min)]),
            TableColumn.Numbers("max", (double[])[.. rows.Select(row => row.Point.Max)]),
            TableColumn.Numbers("count", (int[])[.. rows.Select(row => row.Point.Count)]),
        ];
        await ColumnFile.WriteAsync(file, columns, rows.Length, GroupSize, CancellationToken.None);
        return rows.Length;
    }
}
