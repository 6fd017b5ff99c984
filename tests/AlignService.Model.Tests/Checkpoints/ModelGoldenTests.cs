using AlignService.Model.Checkpoints;
using AlignService.Testing;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Every case of golden/models against the numbers of transformers.</summary>
[Trait("Category", "Golden")]
public sealed class ModelGoldenTests
{
    private const int GreedyLength = 16;

    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Model_LoadedFromItsDirectory_GivesTheGoldenNumbers(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("models", caseName);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions()));
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName);
        GoldenAssert.Same(caseName, "end_token_ids", golden.Ints("end_token_ids"), [.. model.Config.EndTokenIds]);
        _ = golden.Double("greedy_margin");

        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];
        CompareForward(caseName, golden, model, rows);
        CompareGreedy(caseName, golden, model, rows);
        CompareGradient(caseName, golden["gradient"], model, rows);
        golden.AssertAllRead();
    }

    private static void CompareForward(string caseName, GoldenJson golden, Transformer model, long[][] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        for (int i = 0; i < rows.Length; i++)
        {
            Tensor logits = model.Logits(model.Hidden(tensor(rows[i]).unsqueeze(0))).squeeze(0).to(ScalarType.Float64); // [T, V]
            Tensor logProbs = nn.functional.log_softmax(logits, -1);
            Tensor chosen = logProbs.narrow(0, 0, rows[i].Length - 1).gather(1, tensor(rows[i][1..]).unsqueeze(1)).squeeze(1);
            Tensor entropies = -(logProbs.exp() * logProbs).sum(-1);
            GoldenAssert.Absolute(caseName, $"logits_last[{i}]", golden["logits_last"].Items[i].AsDoubles(), Values(logits[^1]), GoldenModel.ValueTolerance);
            GoldenAssert.Absolute(caseName, $"token_logprobs[{i}]", golden["token_logprobs"].Items[i].AsDoubles(), Values(chosen), GoldenModel.ValueTolerance);
            GoldenAssert.Absolute(caseName, $"entropies[{i}]", golden["entropies"].Items[i].AsDoubles(), Values(entropies), GoldenModel.ValueTolerance);
        }
    }

    private static void CompareGreedy(string caseName, GoldenJson golden, Transformer model, long[][] rows)
    {
        using var noGrad = no_grad();
        for (int i = 0; i < rows.Length; i++)
        {
            long[] sequence = rows[i];
            do
            {
                using var scope = NewDisposeScope();
                Tensor hidden = model.Hidden(tensor(sequence).unsqueeze(0));
                sequence = [.. sequence, model.Logits(hidden.narrow(1, -1, 1)).argmax(-1).ToInt64()];
            }
            while (sequence.Length < rows[i].Length + GreedyLength && !model.Config.EndTokenIds.Contains((int)sequence[^1]));
            long[] expected = [.. golden["greedy"].Items[i].AsDoubles().Select(id => (long)id)];
            GoldenAssert.Same(caseName, $"greedy[{i}]", expected, sequence[rows[i].Length..]);
        }
    }

    private static void CompareGradient(string caseName, GoldenJson golden, Transformer model, long[][] rows)
    {
        using var scope = NewDisposeScope();
        Tensor total = zeros(1);
        foreach (long[] row in rows)
        {
            Tensor logProbs = nn.functional.log_softmax(model.Logits(model.Hidden(tensor(row[..^1]).unsqueeze(0))).squeeze(0), -1);
            total = total - logProbs.gather(1, tensor(row[1..]).unsqueeze(1)).sum();
        }

        Tensor loss = total / rows.Sum(row => row.Length - 1);
        loss.backward();
        GoldenAssert.Absolute(caseName, "gradient.loss", golden.Double("loss"), loss.ToDouble(), GoldenModel.ValueTolerance);
        Dictionary<string, double[]> gradients = model.NamedParameters().ToDictionary(entry => entry.Name, entry => Gradient(entry.Parameter));
        GoldenModel.CompareNorms(caseName, "gradient.norm", golden["norm"], gradients);
        GoldenModel.CompareSamples(caseName, golden["sample"], gradients);
    }

    private static double[] Gradient(Parameter parameter) => Values(parameter.grad ?? zeros_like(parameter));

    private static double[] Values(Tensor tensor) => [.. tensor.to(ScalarType.Float64).contiguous().data<double>()];
}
