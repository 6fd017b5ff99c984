using AlignService.Model.Architecture;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Simd;
using AlignService.Model.Decoding.Torch;
using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Sampling;

public sealed class CompletionSamplerTests(ITestOutputHelper output)
{
    /// <summary>Another place in the batch, by libtorch in float64: what is left when a log-prob is rounded to float32.</summary>
    private const float LogProbTolerance = 1e-5f;

    /// <summary>Of float32 passes that order their sums in different ways.</summary>
    private const float SumTolerance = 1e-4f;

    private static readonly SamplingKey Key = new(Seed: 11, Step: 2);

    public static TheoryData<string, ulong> EnginesAndSeeds => new() { { "simd", 1 }, { "simd", 2 }, { "torch", 1 }, { "torch", 2 } };

    public static TheoryData<string> Engines => ["simd", "torch"];

    [Theory]
    [MemberData(nameof(EnginesAndSeeds))]
    public void Sample_AloneOrInABatchOf64_GivesTheSameCompletions(string engineName, ulong seed)
    {
        // libtorch's sums depend on the size of the batch. In float32 that moved a draw over the border of two tokens for 5 of 39 seeds.
        using Transformer model = TinyModel.Create(seed, engineName == "torch" ? ScalarType.Float64 : ScalarType.Float32);
        using CompletionSampler sampler = Sampler(engineName, model);
        var key = new SamplingKey(seed, 5);
        var config = new SamplingConfig { MaxCompletionLength = 40 };
        SamplingRequest[] requests = [.. TinyModel.Prompts(8).Select((ids, i) => new SamplingRequest(10 + i, ids, 8))];

        IReadOnlyList<IReadOnlyList<Completion>> batch = sampler.Sample(requests, config, key, 64, CancellationToken.None);
        float largest = 0;
        foreach (int maxRows in new[] { 1, 5 })
        {
            IReadOnlyList<IReadOnlyList<Completion>> few = sampler.Sample(requests, config, key, maxRows, CancellationToken.None);
            foreach ((Completion alone, Completion together) in few.SelectMany(group => group).Zip(batch.SelectMany(group => group)))
            {
                Assert.Equal(alone.TokenIds, together.TokenIds);
                Assert.Equal((alone.Text, alone.FinishReason, alone.PromptIndex, alone.SampleIndex), (together.Text, together.FinishReason, together.PromptIndex, together.SampleIndex));
                largest = Math.Max(largest, alone.LogProbs.Zip(together.LogProbs, (a, b) => Math.Abs(a - b)).Max());
            }
        }

        output.WriteLine($"{engineName}, seed {seed}: 64 completions the same alone and together; largest difference of a log-prob {largest}");
        Assert.InRange(largest, 0, engineName == "simd" ? 0 : LogProbTolerance);
        Assert.Contains(batch.SelectMany(group => group), completion => completion.FinishReason == FinishReason.Stop);
        Assert.Contains(batch.SelectMany(group => group), completion => completion.FinishReason == FinishReason.Length);
        Assert.True(batch.SelectMany(group => group).Select(completion => string.Join(' ', completion.TokenIds)).Distinct().Count() > 60);
    }

    [Fact]
    public void Sample_SimdEngineOnAnyNumberOfThreads_GivesTheSameBits()
    {
        using Transformer model = TinyModel.Create(3);
        SamplingRequest[] requests = [.. TinyModel.Prompts(4).Select((ids, i) => new SamplingRequest(i, ids, 3))];
        Completion[][] byThreads = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using var sampler = new CompletionSampler(new SimdDecodingEngine(model, threads), TinyModel.Tokenizer);
            return sampler.Sample(requests, new SamplingConfig { MaxCompletionLength = 20 }, Key, null, CancellationToken.None).SelectMany(group => group).ToArray();
        })];
        for (int i = 0; i < byThreads[0].Length; i++)
        {
            Assert.All(byThreads, completions => Assert.Equal(byThreads[0][i].TokenIds, completions[i].TokenIds));
            Assert.All(byThreads, completions => Assert.Equal(byThreads[0][i].LogProbs, completions[i].LogProbs));
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Sample_LogProbs_AreThoseOfTheUncachedModelAtTheTemperature(string engineName)
    {
        const double Temperature = 0.7;
        using Transformer model = TinyModel.Create(4);
        using CompletionSampler sampler = Sampler(engineName, model);
        var config = new SamplingConfig { MaxCompletionLength = 30, Temperature = Temperature, TopK = 40, RepetitionPenalty = 1.1 };
        int[][] prompts = TinyModel.Prompts(4);
        SamplingRequest[] requests = [.. prompts.Select((ids, i) => new SamplingRequest(i, ids, 2))];

        foreach (Completion completion in sampler.Sample(requests, config, Key, 3, CancellationToken.None).SelectMany(group => group))
        {
            float[] expected = UncachedLogProbs(model, prompts[completion.PromptIndex], completion.TokenIds, Temperature);
            Assert.All(expected.Zip(completion.LogProbs), pair => Assert.Equal(pair.First, pair.Second, SumTolerance));
            Assert.InRange(completion.MeanKeptMass, 0.01f, 0.999f);
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Sample_AfterTheWeightsHaveChanged_UsesTheNewOnes(string engineName)
    {
        using Transformer model = TinyModel.Create(5);
        using CompletionSampler sampler = Sampler(engineName, model);
        int[] prompt = TinyModel.Prompts(3)[2];
        var config = new SamplingConfig { MaxCompletionLength = 10 };
        sampler.Sample([new SamplingRequest(0, prompt, 2)], config, Key, null, CancellationToken.None);

        using (var noGrad = no_grad())
        {
            foreach ((_, TorchSharp.Modules.Parameter parameter) in model.NamedParameters())
            {
                parameter.mul_(1.25);
            }
        }

        Completion changed = sampler.Sample([new SamplingRequest(0, prompt, 1)], config, Key, null, CancellationToken.None)[0][0];
        Assert.All(UncachedLogProbs(model, prompt, changed.TokenIds, 1).Zip(changed.LogProbs), pair => Assert.Equal(pair.First, pair.Second, SumTolerance));
    }

    /// <summary>One in about 800 completions (over 39 seeds) has a draw between the two engines' roundings, and goes another way from there.</summary>
    [Fact]
    public void Sample_SimdAndTorch_ChooseTheSameTokens()
    {
        using Transformer model = TinyModel.Create(6);
        using CompletionSampler simd = Sampler("simd", model);
        using CompletionSampler torch = Sampler("torch", model);
        SamplingRequest[] requests = [.. TinyModel.Prompts(5).Select((ids, i) => new SamplingRequest(i, ids, 4))];
        var config = new SamplingConfig { MaxCompletionLength = 30, TopP = 0.95 };

        var bySimd = simd.Sample(requests, config, Key, null, CancellationToken.None);
        var byTorch = torch.Sample(requests, config, Key, null, CancellationToken.None);
        int different = bySimd.SelectMany(group => group).Zip(byTorch.SelectMany(group => group)).Count(pair => !pair.First.TokenIds.SequenceEqual(pair.Second.TokenIds));
        Assert.InRange(different, 0, 2);
    }

    [Fact]
    public void Stream_PiecesTogether_AreTheTextOfTheCompletion()
    {
        using Transformer model = TinyModel.Create(7);
        using CompletionSampler sampler = Sampler("simd", model);
        var request = new SamplingRequest(0, TinyModel.Prompts(3)[2], 1);
        var config = new SamplingConfig { MaxCompletionLength = 60 };
        for (ulong seed = 0; seed < 10; seed++)
        {
            var pieces = new List<string>();
            Completion streamed = sampler.Stream(request, config, new SamplingKey(seed, 0), pieces.Add, CancellationToken.None);
            Completion sampled = sampler.Sample([request], config, new SamplingKey(seed, 0), null, CancellationToken.None)[0][0];
            Assert.Equal(sampled.TokenIds, streamed.TokenIds);
            Assert.Equal(sampled.Text, string.Concat(pieces));
            Assert.All(pieces, Assert.NotEmpty);
        }
    }

    [Fact]
    public void Sample_Cancelled_Stops()
    {
        using Transformer model = TinyModel.Create(1);
        using CompletionSampler sampler = Sampler("simd", model);
        using var cancellation = new CancellationTokenSource();
        var request = new SamplingRequest(0, [1, 2, 3], 1);
        Assert.Throws<OperationCanceledException>(
            () => sampler.Stream(request, new SamplingConfig { MaxCompletionLength = 150 }, new SamplingKey(3, 0), _ => cancellation.Cancel(), cancellation.Token));
    }

    internal static CompletionSampler Sampler(string engineName, Transformer model) =>
        new(engineName == "simd" ? new SimdDecodingEngine(model) : (IDecodingEngine)new TorchDecodingEngine(model), TinyModel.Tokenizer);

    private static float[] UncachedLogProbs(Transformer model, int[] prompt, IReadOnlyList<int> completion, double temperature)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. prompt.Concat(completion).Select(id => (long)id)];
        Tensor logits = model.Logits(model.Hidden(tensor(ids).unsqueeze(0))).squeeze(0) / temperature;
        Tensor logProbs = nn.functional.log_softmax(logits, -1).narrow(0, prompt.Length - 1, completion.Count);
        return [.. logProbs.gather(1, tensor(ids[prompt.Length..]).unsqueeze(1)).squeeze(1).data<float>()];
    }
}
