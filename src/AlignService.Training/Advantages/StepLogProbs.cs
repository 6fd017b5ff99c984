using AlignService.Training.Losses;

namespace AlignService.Training.Advantages;

/// <summary>Log-probs of a step's completions before its first update, ragged [B][T].</summary>
/// <param name="Old">Under the weights that sampled; null where the first update computes them itself.</param>
/// <param name="Reference">Under the reference model; null where none is loaded.</param>
internal sealed record StepLogProbs(IReadOnlyList<double[]>? Old, IReadOnlyList<double[]>? Reference)
{
    /// <summary>[B] summed k1 of each completion, log pi_old - log pi_ref, in nats.</summary>
    public double[] SummedKl() => [.. Old!.Zip(Reference!, (old, reference) => old.Zip(reference, K1).Sum())];

    /// <summary>Rewards of each token: -beta k1, and the completion's score at its last token.</summary>
    public double[][] TokenRewards(IReadOnlyList<double> scores, double beta) => [.. Old!.Zip(Reference!).Select((pair, row) =>
    {
        double[] rewards = [.. pair.First.Zip(pair.Second, (old, reference) => -beta * K1(old, reference))];
        rewards[^1] += scores[row];
        return rewards;
    })];

    /// <summary>Mean k1 over the tokens of the rows that the mask keeps.</summary>
    public double MeanKl(IReadOnlyList<bool> mask)
    {
        double[] values = [.. Old!.Zip(Reference!).Where((_, row) => mask[row]).SelectMany(pair => pair.First.Zip(pair.Second, K1))];
        return values.Length == 0 ? 0 : values.Average();
    }

    private static double K1(double old, double reference) => Math.Clamp(old - reference, -ProbabilityRatio.LogBound, ProbabilityRatio.LogBound);
}
