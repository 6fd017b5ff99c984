using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using AlignService.Text.Tokenization;

namespace AlignService.Benchmarks;

/// <summary>Samples groups of completions as a job's rollout phase does; counts the sampled tokens, not the prompts'.</summary>
internal static class RolloutBenchmark
{
    private const int Seed = 1;

    public static BenchmarkResult Run(BatchShape shape, int runCount)
    {
        string directory = BenchmarkModels.Find(shape.Model);
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions());
        Tokenizer tokenizer = Tokenizer.Load(directory);
        using CompletionSampler sampler = new(model, tokenizer);
        SamplingConfig config = new() { MaxCompletionLength = shape.CompletionLength };
        List<SamplingRequest> requests = [.. shape.RandomPrompts(model.Config.VocabSize, Seed).Select((ids, i) => new SamplingRequest(i, ids, shape.GroupSize))];

        (long tokens, double seconds) = Stopwatches.Median(runCount, () => sampler
            .Sample(requests, config, new SamplingKey(Seed, Step: 0), maxRows: null, CancellationToken.None)
            .Sum(group => group.Sum(completion => (long)completion.TokenIds.Count)));
        return new BenchmarkResult
        {
            Benchmark = "rollout",
            Model = Path.GetFileName(directory),
            Parameters = model.ParameterCount,
            Rows = shape.PromptCount * shape.GroupSize,
            Tokens = tokens,
            Seconds = seconds,
        };
    }
}
