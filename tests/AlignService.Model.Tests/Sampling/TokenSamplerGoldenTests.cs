using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Sampling;

[Trait("Category", "Golden")]
public sealed class TokenSamplerGoldenTests
{
    private const string File = "sampling.json";

    /// <summary>The files' tolerance for float.</summary>
    private const double Tolerance = 2e-6;

    public static TheoryData<string> Rows() => GoldenFolder.AlgorithmRows(File, "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    public void Sample_GoldenCase_KeepsAndWeighsAsExpected(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase(File, row);
        float[] logits = [.. golden.Doubles("logits").Select(value => (float)value)];
        HashSet<int> previous = [.. golden.Ints("previous")];
        var config = new SamplingConfig
        {
            RepetitionPenalty = golden.Double("repetition_penalty"),
            Temperature = golden.Double("temperature"),
            TopK = golden.Int("top_k"),
            TopP = golden.Double("top_p"),
            MinP = golden.Double("min_p"),
        };

        Distribution got = Distribution.Of(logits, previous, config);

        GoldenJson expected = golden["expected"];
        double[] probabilities = expected.Doubles("probabilities");
        double[] logProbs = expected.Doubles("log_probs");
        Assert.True(got.Ids.Length == expected.Int("kept_count"), $"{row}: kept_count, expected {expected.Int("kept_count")}, got {got.Ids.Length}, tolerance none");
        if (expected.HasValue("kept"))
        {
            GoldenAssert.Same(row, "kept", expected.Ints("kept"), got.Ids);
            GoldenAssert.Close(row, "probabilities", probabilities, got.Probabilities, Tolerance);
            GoldenAssert.Close(row, "log_probs", logProbs, got.LogProbs, Tolerance);
        }
        else
        {
            GoldenAssert.Close(row, "probabilities", Descending(probabilities), Descending(got.Probabilities), Tolerance);
            GoldenAssert.Close(row, "log_probs", Descending(logProbs), Descending(got.LogProbs), Tolerance);
        }

        GoldenAssert.Close(row, "kept_mass", expected.Double("kept_mass"), got.KeptMass, Tolerance);
        GoldenAssert.Close(row, "entropy", expected.Double("entropy"), got.Entropy, Tolerance);
        golden.AssertAllRead();
    }

    private static double[] Descending(double[] values) => [.. values.OrderDescending()];

    /// <summary>What the sampler drew from, by ascending id.</summary>
    private sealed record Distribution(int[] Ids, double[] Probabilities, double[] LogProbs, double KeptMass, double Entropy)
    {
        public static Distribution Of(float[] logits, HashSet<int> previous, SamplingConfig config)
        {
            var sampler = new TokenSampler(logits.Length);
            TokenSample sample = sampler.Sample(logits, previous, config, 0.5);
            (int TokenId, double Probability)[] drawn = [.. sampler.LastDistribution(config).OrderBy(token => token.TokenId)];
            return new Distribution(
                [.. drawn.Select(token => token.TokenId)],
                [.. drawn.Select(token => token.Probability)],
                [.. drawn.Select(token => (double)sampler.LastLogProb(logits[token.TokenId]))],
                sample.KeptMass,
                sample.Entropy);
        }
    }
}
