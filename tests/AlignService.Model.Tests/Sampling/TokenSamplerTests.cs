using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using Xunit;

namespace AlignService.Model.Tests.Sampling;

public sealed class TokenSamplerTests
{
    private const int Vocabulary = 1237;

    [Fact]
    public void Sample_ManyDraws_FollowsTheExactDistribution()
    {
        const int DrawCount = 200_000;
        float[] logits = [1.5f, 0.2f, -0.7f, 2.1f, 0f, float.NegativeInfinity, -3f, 1.1f, 0.4f, -1.2f, 0.9f];
        var config = new SamplingConfig { Temperature = 0.8 };
        double[] exact = Softmax(logits, 0.8);

        var sampler = new TokenSampler(logits.Length);
        int[] counts = new int[logits.Length];
        for (int draw = 0; draw < DrawCount; draw++)
        {
            double uniform = new RandomStream(new SamplingKey(20, 0), 0, 0).Uniform(draw);
            counts[sampler.Sample(logits, null, config, uniform).TokenId]++;
        }

        Assert.Equal(0, counts[5]);
        double chiSquare = exact.Select((p, id) => p == 0 ? 0 : Math.Pow(counts[id] - (p * DrawCount), 2) / (p * DrawCount)).Sum();

        // 9 degrees of freedom: above 33.7 once in 10,000 seeds; this seed is fixed.
        Assert.InRange(chiSquare, 0.5, 33.7);
    }

    [Fact]
    public void Sample_UniformSweptOverTheInterval_GivesEachTokenItsProbability()
    {
        const int StepCount = 50_000;
        float[] logits = RandomLogits(Vocabulary, 3);
        double[] exact = Softmax(logits, 1);

        foreach (SamplingConfig config in new SamplingConfig[] { new(), new() { TopK = Vocabulary - 1 } })
        {
            var sampler = new TokenSampler(Vocabulary);
            double[] share = new double[Vocabulary];
            for (int step = 0; step < StepCount; step++)
            {
                share[sampler.Sample(logits, null, config, (step + 0.5) / StepCount).TokenId] += 1.0 / StepCount;
            }

            // A share is off by at most one step at each end, and top-k cut the least likely token.
            double tolerance = (2.0 / StepCount) + exact.Min();
            Assert.All(Enumerable.Range(0, Vocabulary), id => Assert.InRange(share[id] - exact[id], -tolerance, tolerance));
        }
    }

    [Fact]
    public void Sample_LogProbAndEntropy_AreThoseOfTheTemperedModelWithoutPenaltyOrTruncation()
    {
        float[] logits = RandomLogits(Vocabulary, 5);
        var config = new SamplingConfig { Temperature = 0.7, RepetitionPenalty = 1.4, TopK = 20, TopP = 0.8, MinP = 0.01 };
        double[] exact = Softmax(logits, 0.7);
        double entropy = -exact.Sum(p => p * Math.Log(p));

        var sampler = new TokenSampler(Vocabulary);
        for (int position = 0; position < 50; position++)
        {
            TokenSample sample = sampler.Sample(logits, new HashSet<int> { 1, 2, 3 }, config, position / 50.0);
            Assert.Equal(Math.Log(exact[sample.TokenId]), sample.LogProb, 1e-5);
            Assert.Equal(entropy, sample.Entropy, 1e-5);
            Assert.InRange(sample.KeptMass, 0.01f, 0.999f);
        }
    }

    [Fact]
    public void Sample_TemperatureZero_IsGreedyAfterThePenalty()
    {
        float[] logits = [0.5f, 3f, 2.9f, 3f, -1f];
        var sampler = new TokenSampler(logits.Length);
        var greedy = new SamplingConfig { Temperature = 0 };

        TokenSample sample = sampler.Sample(logits, null, greedy, 0.99);
        Assert.Equal(1, sample.TokenId);
        Assert.Equal(Math.Log(Softmax(logits, 1)[1]), sample.LogProb, 1e-6);
        Assert.Equal(1f, sample.KeptMass);

        Assert.Equal(2, sampler.Sample(logits, new HashSet<int> { 1, 3 }, greedy with { RepetitionPenalty = 1.2 }, 0.99).TokenId);
    }

    [Fact]
    public void Sample_TemperatureNearZero_AgreesWithGreedy()
    {
        float[] logits = RandomLogits(Vocabulary, 11);
        var sampler = new TokenSampler(Vocabulary);
        int greedy = sampler.Sample(logits, null, new SamplingConfig { Temperature = 0 }, 0).TokenId;

        for (int step = 0; step < 100; step++)
        {
            Assert.Equal(greedy, sampler.Sample(logits, null, new SamplingConfig { Temperature = 1e-6 }, step / 100.0).TokenId);
        }
    }

    [Fact]
    public void Sample_ScratchLeftByOtherRows_ChangesNothing()
    {
        var config = new SamplingConfig { TopK = 50, TopP = 0.9, RepetitionPenalty = 1.1 };
        float[] logits = RandomLogits(Vocabulary, 1);
        HashSet<int> seen = [4, 9];
        TokenSample alone = new TokenSampler(Vocabulary).Sample(logits, seen, config, 0.37);

        var used = new TokenSampler(Vocabulary);
        for (int seed = 2; seed < 6; seed++)
        {
            used.Sample(RandomLogits(Vocabulary, seed), new HashSet<int> { seed }, config, 0.8);
        }

        Assert.Equal(alone, used.Sample(logits, seen, config, 0.37));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Sample_LogitsThatAreNoNumbers_IsAClearError(float broken)
    {
        float[] logits = RandomLogits(Vocabulary, 1);
        logits[700] = broken;
        var error = Assert.Throws<SamplingException>(() => new TokenSampler(Vocabulary).Sample(logits, null, new SamplingConfig(), 0.5));
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
    }

    private static float[] RandomLogits(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(id => (float)(6 * (new RandomStream(new SamplingKey((ulong)seed, 0), 0, 0).Uniform(id) - 0.5)))];

    private static double[] Softmax(float[] logits, double temperature)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp(logit / temperature))];
        double total = weights.Sum();
        return [.. weights.Select(weight => weight / total)];
    }
}
