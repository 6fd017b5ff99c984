using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Training.Batches;
using AlignService.Training.Policies;
using AlignService.Training.Updates;

namespace AlignService.Benchmarks;

/// <summary>Log-probs of a frozen model, as the KL term reads them; counts completion tokens.</summary>
internal static class ReferenceBenchmark
{
    /// <param name="shape">The size of the work.</param>
    /// <param name="runCount">Runs that count.</param>
    /// <param name="held">What the model's matrices are held in.</param>
    public static BenchmarkResult Run(BatchShape shape, int runCount, FrozenDtype held)
    {
        string directory = BenchmarkModels.Find(shape.Model);
        (Transformer model, MemoryGrowth growth) = MemoryGrowth.During(() => HuggingFaceCheckpoint.LoadTransformer(directory, ComputeDtype.Frozen(held, ComputeDevice.Cpu)));
        using (model)
        {
            TrainingBatch batch = UpdateBenchmark.Batch(shape, model.Config.VocabSize);
            MicroBatchPlan plan = MicroBatchPlan.For(model, size: null);
            (long tokens, double seconds) = Stopwatches.Median(runCount, () =>
                CompletionLogProbs.Read(model, batch.Rows, temperature: 1, plan, CancellationToken.None).LogProbs.Sum(row => row.Length));
            return new BenchmarkResult
            {
                Benchmark = $"reference held in {held}",
                Model = Path.GetFileName(directory),
                Parameters = model.ParameterCount,
                Rows = batch.Rows.Count,
                Tokens = tokens,
                Seconds = seconds,
                HeldBytes = growth.Held,
            };
        }
    }
}
