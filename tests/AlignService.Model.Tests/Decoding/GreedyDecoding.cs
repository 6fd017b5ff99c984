using AlignService.Model.Decoding;

namespace AlignService.Model.Tests.Decoding;

/// <summary>The likeliest continuations, straight from an engine; rows leave the batch at their end token.</summary>
internal static class GreedyDecoding
{
    internal static int[][] Continue(IDecodingEngine engine, int[][] prompts, int length)
    {
        List<int>[] continuations = [.. prompts.Select(_ => new List<int>())];
        List<int> active = [];
        using IDecodingBatch batch = engine.CreateBatch();
        for (int i = 0; i < prompts.Length; i++)
        {
            using IPromptCache prompt = engine.Prefill(prompts[i]);
            continuations[i].Add(Largest(prompt.NextLogits));
            if (!IsFinished(i))
            {
                batch.Add(prompt, 1);
                active.Add(i);
            }
        }

        while (active.Count > 0)
        {
            batch.Step([.. active.Select(i => continuations[i][^1])]);
            for (int row = 0; row < active.Count; row++)
            {
                continuations[active[row]].Add(Largest(batch.Logits(row)));
            }

            int[] kept = [.. Enumerable.Range(0, active.Count).Where(row => !IsFinished(active[row]))];
            batch.Keep(kept);
            active = [.. kept.Select(row => active[row])];
        }

        return [.. continuations.Select(ids => ids.ToArray())];

        bool IsFinished(int i) => continuations[i].Count == length || engine.EndTokenIds.Contains(continuations[i][^1]);
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int id = 1; id < logits.Length; id++)
        {
            best = logits[id] > logits[best] ? id : best;
        }

        return best;
    }
}
