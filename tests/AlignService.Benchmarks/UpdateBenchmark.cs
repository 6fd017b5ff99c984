using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Optimization;
using AlignService.Training.Updates;
using TorchSharp;

namespace AlignService.Benchmarks;

/// <summary>
/// One GRPO update as a job does it: loss with the KL term, gradient in micro-batches, AdamW with all its state. Counts completion tokens; those of the prompts
/// pass through the model too.
/// </summary>
internal static class UpdateBenchmark
{
    private const int Seed = 1;
    private const double LearningRate = 1e-6;

    /// <summary>Where the reference's log-probs come from plays no part in the time: every token has this one.</summary>
    private const double ReferenceLogProb = -8;

    /// <param name="shape">The size of the work.</param>
    /// <param name="runCount">Runs that count.</param>
    /// <param name="activationCheckpointing">Keep only the blocks' inputs and compute the rest again.</param>
    /// <param name="microBatchSize">Rows of one pass; null: by memory.</param>
    public static BenchmarkResult Run(BatchShape shape, int runCount, bool activationCheckpointing, int? microBatchSize)
    {
        string directory = BenchmarkModels.Find(shape.Model);
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions());
        model.ActivationCheckpointing = activationCheckpointing;
        using AdamW optimizer = new(model.NamedParameters().Select(entry => KeyValuePair.Create<string, torch.Tensor>(entry.Name, entry.Parameter)), new OptimizerConfig());
        PolicyUpdate update = new(new PolicyGradientAccumulator(model, MicroBatchPlan.For(model, microBatchSize), temperature: 1), optimizer);
        TrainingBatch batch = Batch(shape, model.Config.VocabSize);
        int[] rows = [.. Enumerable.Range(0, batch.Rows.Count)];

        (long tokens, double seconds) = Stopwatches.Median(runCount, () =>
        {
            update.Run(batch, rows, new GrpoLossConfig(), LearningRate, CancellationToken.None);
            return batch.TokenCount;
        });
        return new BenchmarkResult
        {
            Benchmark = activationCheckpointing ? "update with activation checkpointing" : "update",
            Model = Path.GetFileName(directory),
            Parameters = model.ParameterCount,
            Rows = rows.Length,
            Tokens = tokens,
            Seconds = seconds,
        };
    }

    internal static TrainingBatch Batch(BatchShape shape, int vocabularySize)
    {
        IReadOnlyList<int[]> completions = (shape with { PromptCount = shape.PromptCount * shape.GroupSize, PromptLength = shape.CompletionLength }).RandomPrompts(vocabularySize, Seed + 1);
        IReadOnlyList<int[]> prompts = shape.RandomPrompts(vocabularySize, Seed);
        TokenSequence[] rows = [.. completions.Select((completion, row) => new TokenSequence(prompts[row / shape.GroupSize], completion))];
        return new TrainingBatch
        {
            Rows = rows,
            Advantages = RolloutAdvantages.OfRows(rows.Select((_, row) => row % 2 == 0 ? 1.0 : -1.0)),
            Mask = [.. rows.Select(_ => true)],
            ReferenceLogProbs = [.. rows.Select(row => Enumerable.Repeat(ReferenceLogProb, row.CompletionIds.Count).ToArray())],
        };
    }
}
