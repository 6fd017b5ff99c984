using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Attention;
using AlignService.Model.Checkpoints;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Real weights against the numbers of transformers; ids only.</summary>
public sealed class RealModelTests
{
    private const double LogProbTolerance = 1e-4;

    public static TheoryData<string> Models => ["stories260K-hf", "SmolLM2-135M-Instruct"];

    [Theory]
    [MemberData(nameof(Models))]
    public void RealModel_GivesTheGoldenLogProbsAndGreedyIds(string name)
    {
        string folder = name == "stories260K-hf" ? SharedModels.Stories260K() : SharedModels.SmolLm2();
        using var noGrad = no_grad();
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions { Trainable = false });
        IReadOnlyList<GoldenJson> prompts = GoldenJson.Load(Path.Combine(folder, "golden.json"), name)["prompts"].Items;
        Assert.NotEmpty(prompts);
        for (int i = 0; i < prompts.Count; i++)
        {
            long[] ids = [.. prompts[i].Doubles("input_ids").Select(id => (long)id)];
            double[] expected = prompts[i].Doubles("token_logprobs");
            long[] greedy = [.. prompts[i].Doubles("greedy").Select(id => (long)id)];

            using KvCache cache = model.CreateCache(1, ids.Length + greedy.Length);
            (double[] logProbs, long next) = Prompt(model, cache, ids);
            GoldenAssert.Absolute(name, $"prompts[{i}].token_logprobs", expected, logProbs, LogProbTolerance);
            GoldenAssert.Same(name, $"prompts[{i}].greedy", greedy, Continue(model, cache, next, greedy.Length));
        }
    }

    private static (double[] LogProbs, long Next) Prompt(Transformer model, KvCache cache, long[] ids)
    {
        using var scope = NewDisposeScope();
        Tensor logits = model.Logits(model.Decode(tensor(ids).unsqueeze(0), cache)).squeeze(0);
        Tensor logProbs = nn.functional.log_softmax(logits.to(ScalarType.Float64), -1);
        Tensor chosen = logProbs.narrow(0, 0, ids.Length - 1).gather(1, tensor(ids[1..], ScalarType.Int64).view(-1, 1));
        return ([.. chosen.contiguous().data<double>()], logits[^1].argmax().ToInt64());
    }

    private static long[] Continue(Transformer model, KvCache cache, long first, int count)
    {
        var greedy = new List<long> { first };
        while (greedy.Count < count)
        {
            using var scope = NewDisposeScope();
            greedy.Add(model.Logits(model.Decode(tensor(new[] { greedy[^1] }).view(1, 1), cache)).argmax(-1).ToInt64());
        }

        return [.. greedy];
    }
}
