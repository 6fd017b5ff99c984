using AlignService.Specs.Metrics;
using AlignService.Specs.Settings;
using AlignService.Training.Metrics;

namespace AlignService.Training.Evaluation;

/// <summary>eval/avg_at_k and eval/pass_at_k of held-out answers, each with the standard error of the prompts' values.</summary>
internal static class SuccessMetrics
{
    /// <param name="scores">Prompt after prompt; NaN is unscored, neither right nor wrong.</param>
    /// <param name="evaluation">What a success is, and which k are reported.</param>
    public static IEnumerable<KeyValuePair<string, double>> Of(IReadOnlyList<double> scores, EvaluationConfig evaluation)
    {
        (int Count, int Right)[] prompts =
        [
            .. scores.Chunk(evaluation.SamplesPerPrompt)
                .Select(answers => answers.Where(score => !double.IsNaN(score)).ToArray())
                .Select(scored => (scored.Length, scored.Count(score => score >= evaluation.SuccessThreshold))),
        ];
        IEnumerable<KeyValuePair<string, double>> metrics = Summarize(
            $"{MetricNames.EvalPrefix}avg_at_{evaluation.SamplesPerPrompt}", prompts.Where(prompt => prompt.Count > 0).Select(prompt => prompt.Right / (double)prompt.Count));

        // A prompt with fewer scored answers than k says nothing about k answers.
        return evaluation.PassAt.Aggregate(metrics, (all, k) =>
            all.Concat(Summarize($"{MetricNames.EvalPrefix}pass_at_{k}", prompts.Where(prompt => prompt.Count >= k).Select(prompt => PassAtK.Estimate(prompt.Count, prompt.Right, k)))));
    }

    private static IEnumerable<KeyValuePair<string, double>> Summarize(string name, IEnumerable<double> byPrompt)
    {
        SampleStatistics statistics = SampleStatistics.Of(byPrompt);
        if (statistics.Count > 0)
        {
            yield return KeyValuePair.Create($"{name}/mean", statistics.Mean);
            if (statistics.StandardError is { } error)
            {
                yield return KeyValuePair.Create($"{name}/standard_error", error);
            }
        }
    }
}

/// <summary>The probability that at least one of k answers is right, estimated without bias from n answers of which c are right (arXiv:2107.03374).</summary>
internal static class PassAtK
{
    /// <summary>1 - C(n - c, k) / C(n, k), as a product that stays in [0, 1] for any n.</summary>
    /// <param name="sampleCount">n; at least <paramref name="k"/>.</param>
    /// <param name="successCount">c; 0 to n.</param>
    /// <param name="k">1 or more.</param>
    public static double Estimate(int sampleCount, int successCount, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleCount, k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successCount, sampleCount);

        double allWrong = 1;
        for (int i = sampleCount - successCount + 1; i <= sampleCount; i++)
        {
            allWrong *= Math.Max(0, 1 - k / (double)i);
        }

        return 1 - allWrong;
    }
}
