using AlignService.Testing;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>A model as it stands, with or without an adapter, against the numbers of a golden case.</summary>
internal static class GoldenForward
{
    private const int GreedyLength = 16;

    internal static void CompareForward(string caseName, GoldenJson golden, Transformer model, long[][] rows)
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

    internal static void CompareLogProbs(string caseName, GoldenJson golden, string key, Transformer model, long[][] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        for (int i = 0; i < rows.Length; i++)
        {
            Tensor logProbs = nn.functional.log_softmax(model.Logits(model.Hidden(tensor(rows[i][..^1]).unsqueeze(0))).squeeze(0), -1);
            Tensor chosen = logProbs.gather(1, tensor(rows[i][1..]).unsqueeze(1)).squeeze(1);
            GoldenAssert.Absolute(caseName, $"{key}[{i}]", golden[key].Items[i].AsDoubles(), Values(chosen), GoldenModel.ValueTolerance);
        }
    }

    internal static void CompareGreedy(string caseName, GoldenJson golden, Transformer model, long[][] rows)
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

    internal static void CompareGradient(string caseName, GoldenJson golden, Transformer model, long[][] rows)
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
        Dictionary<string, double[]> gradients = model.TrainedParameters().ToDictionary(entry => entry.Name, entry => Gradient(entry.Parameter));
        GoldenModel.CompareNorms(caseName, "gradient.norm", golden["norm"], gradients);
        GoldenModel.CompareSamples(caseName, golden["sample"], gradients);
    }

    private static double[] Gradient(Parameter parameter) => Values(parameter.grad ?? zeros_like(parameter));

    private static double[] Values(Tensor tensor) => [.. tensor.to(ScalarType.Float64).contiguous().data<double>()];
}
