using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AlignService.Testing;
using AlignService.Text.Tokenization;

namespace AlignService.Benchmarks;

/// <summary>Encodes the problems and answers of GSM8K's training part, one after another on one thread.</summary>
internal static class TokenizerBenchmark
{
    /// <param name="model">A model's name, or a folder with a tokenizer.json.</param>
    public static BenchmarkResult Run(string model, int runCount)
    {
        string directory = File.Exists(Path.Combine(model, "tokenizer.json")) ? Path.GetFullPath(model) : BenchmarkModels.Find(model);
        string[] texts = [.. File.ReadLines(SharedFolder.Require("data/gsm8k/train.jsonl")).Select(Text)];
        long bytes = texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        Tokenizer tokenizer = Tokenizer.Load(directory);
        long Encode() => texts.Sum(text => (long)tokenizer.Encode(text, addSpecialTokens: false).Length);

        // The first pass finds nothing compiled and no word remembered.
        long start = Stopwatch.GetTimestamp();
        Encode();
        double coldSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (long tokens, double seconds) = Stopwatches.Median(runCount, Encode);
        return new BenchmarkResult
        {
            Benchmark = "tokenizer",
            Model = Path.GetFileName(directory),
            Rows = 1,
            Tokens = tokens,
            Seconds = seconds,
            MegabytesPerSecond = PerSecond(bytes, seconds),
            ColdMegabytesPerSecond = PerSecond(bytes, coldSeconds),
        };
    }

    private static string Text(string line)
    {
        using JsonDocument problem = JsonDocument.Parse(line);
        return problem.RootElement.GetProperty("question").GetString() + "\n" + problem.RootElement.GetProperty("answer").GetString();
    }

    private static double PerSecond(long bytes, double seconds) => Math.Round(bytes / seconds / 1e6, 2);
}
