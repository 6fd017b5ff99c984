using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data;
using AlignService.Store.Rollouts;

namespace AlignService.Cli.History;

/// <summary>Rollouts as files: the wire's JSON, one line each, or the columns of the job's own files.</summary>
internal static class RolloutExport
{
    /// <summary>Rows that are held at once.</summary>
    private const int ChunkSize = 8 * RolloutTable.GroupSize;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="path">Ends with .jsonl or .parquet.</param>
    /// <param name="rollouts">With everything.</param>
    /// <param name="sources">Names of the job's rewards, of which Parquet has a column each.</param>
    /// <returns>How many there were.</returns>
    public static Task<int> WriteAsync(string path, IAsyncEnumerable<Rollout> rollouts, IReadOnlyList<string> sources) => ExportFile.WriteAsync(path, new Dictionary<string, Func<FileStream, Task<int>>>
    {
        [".jsonl"] = file => WriteLinesAsync(file, rollouts),
        [".parquet"] = file => WriteTableAsync(file, rollouts, sources),
    });

    /// <summary>As the worker kept it.</summary>
    /// <param name="rollout">With everything.</param>
    /// <param name="sources">The order of its scores.</param>
    public static RolloutRecord Read(Rollout rollout, IReadOnlyList<string> sources) => new()
    {
        Step = rollout.Step,
        Number = rollout.Number,
        Group = rollout.Group,
        Prompt = StoredPrompt.FromWire(rollout.Source, rollout.PromptIndex),
        PromptText = rollout.Prompt,
        PromptTokenIds = [.. rollout.PromptTokenIds],
        Completion = rollout.Completion,
        CompletionTokenIds = [.. rollout.CompletionTokenIds],
        TokenCount = rollout.TokenCount,
        Scores = [.. sources.Select(source => rollout.Scores.TryGetValue(source, out double score) ? score : double.NaN)],
        Reward = rollout.HasReward ? rollout.Reward : double.NaN,
        Advantage = rollout.HasAdvantage ? rollout.Advantage : double.NaN,
        FinishReason = rollout.FinishReason,
        LogProbs = new(rollout.LogProbs.Mean, rollout.LogProbs.Min, rollout.LogProbs.HasAboveReference ? rollout.LogProbs.AboveReference : null),
        PolicyStep = rollout.PolicyStep,
    };

    private static async Task<int> WriteLinesAsync(FileStream file, IAsyncEnumerable<Rollout> rollouts)
    {
        await using StreamWriter lines = new(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        int count = 0;
        await foreach (Rollout rollout in rollouts)
        {
            await lines.WriteAsync(CommandOutput.ToJson(rollout).ToJsonString(Relaxed) + "\n");
            count++;
        }

        return count;
    }

    private static async Task<int> WriteTableAsync(FileStream file, IAsyncEnumerable<Rollout> rollouts, IReadOnlyList<string> sources)
    {
        int count = 0;
        await foreach (Rollout[] chunk in rollouts.Chunk(ChunkSize))
        {
            await RolloutTable.WriteAsync(file, sources, [.. chunk.Select(rollout => Read(rollout, sources))], CancellationToken.None);
            count += chunk.Length;
        }

        if (count == 0)
        {
            await RolloutTable.WriteAsync(file, sources, [], CancellationToken.None);
        }

        return count;
    }
}
