using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Prompts;
using Parquet;
using Parquet.Serialization;
using ZstdSharp;

namespace AlignService.Benchmarks;

/// <summary>Reads prompts with an answer and two more fields from a file, as validation and workers do.</summary>
internal static class DataBenchmark
{
    public const string Formats = "jsonl, json, csv, tsv, jsonl.gz, jsonl.zst or parquet";

    /// <param name="format">An extension, from <see cref="Formats"/>.</param>
    /// <param name="rowCount">Of the file.</param>
    /// <param name="runCount">Runs that count.</param>
    public static async Task<BenchmarkResult> RunAsync(string format, int rowCount, int runCount)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("align-data-benchmark-");
        try
        {
            string file = Path.Combine(folder.FullName, $"rows.{format}");
            await WriteAsync(file, format, [.. Enumerable.Range(0, rowCount).Select(Row.Of)]);
            PromptSourceConfig source = new() { File = file };
            (long read, double seconds) = Stopwatches.Median(runCount, () => PromptFile.Load(source, FilePolicy.Anywhere, CancellationToken.None).Count);
            return new BenchmarkResult
            {
                Benchmark = "data",
                Model = format,
                Rows = (int)read,
                Tokens = 0,
                Seconds = Math.Round(seconds, 3),
                MegabytesPerSecond = Math.Round(new FileInfo(file).Length / seconds / 1e6, 2),
            };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task WriteAsync(string file, string format, Row[] rows)
    {
        await using FileStream stream = File.Create(file);
        switch (format)
        {
            case "parquet":
                await ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions());
                break;
            case "jsonl.gz":
                await using (GZipStream gzip = new(stream, CompressionLevel.Optimal))
                {
                    await gzip.WriteAsync(Lines(rows));
                }

                break;
            case "jsonl.zst":
                await using (CompressionStream zstandard = new(stream))
                {
                    await zstandard.WriteAsync(Lines(rows));
                }

                break;
            case "json":
                await JsonSerializer.SerializeAsync(stream, rows);
                break;
            case "csv" or "tsv":
                string delimiter = format == "csv" ? "," : "\t";
                await stream.WriteAsync(Encoding.UTF8.GetBytes(
                    string.Join(delimiter, "prompt", "answer", "level", "topic") + "\n" + string.Concat(rows.Select(row => string.Join(delimiter, $"\"{row.Prompt}\"", row.Answer, row.Level, row.Topic) + "\n"))));
                break;
            case "jsonl":
                await stream.WriteAsync(Lines(rows));
                break;
            default:
                throw new ArgumentException($"The format is {format}; it must be {Formats}.");
        }
    }

    private static byte[] Lines(Row[] rows) => Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => JsonSerializer.Serialize(row) + "\n")));

    private sealed record Row
    {
        [JsonPropertyName("prompt")]
        public string Prompt { get; init; } = "";

        [JsonPropertyName("answer")]
        public string Answer { get; init; } = "";

        [JsonPropertyName("level")]
        public int Level { get; init; }

        [JsonPropertyName("topic")]
        public string Topic { get; init; } = "";

        public static Row Of(int i) => new()
        {
            Prompt = string.Create(CultureInfo.InvariantCulture, $"Tom has {i} apples, buys {i % 97} more, and gives every third one to each of his {i % 11} friends in turn. How many apples has he left at the end of the day?"),
            Answer = i.ToString(CultureInfo.InvariantCulture),
            Level = i % 5,
            Topic = i % 2 == 0 ? "sums" : "sharing",
        };
    }
}
