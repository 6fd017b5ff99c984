using AlignService.Model.Tokenization;
using AlignService.Testing;

namespace AlignService.Benchmarks;

/// <summary>Encodes the problems of GSM8K, one after another on one thread.</summary>
internal static class TokenizerBenchmark
{
    public static BenchmarkResult Run(string model, int runCount)
    {
        string directory = BenchmarkModels.Find(model);
        Tokenizer tokenizer = Tokenizer.Load(directory);
        string[] texts = File.ReadAllLines(SharedFolder.Require("data/gsm8k/test.jsonl"));
        (long tokens, double seconds) = Stopwatches.Median(runCount, () => texts.Sum(text => (long)tokenizer.Encode(text, addSpecialTokens: false).Length));
        return new BenchmarkResult { Benchmark = "tokenizer", Model = Path.GetFileName(directory), Rows = 1, Tokens = tokens, Seconds = seconds };
    }
}
