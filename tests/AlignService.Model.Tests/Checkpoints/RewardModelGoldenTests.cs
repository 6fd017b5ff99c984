using AlignService.Model.Checkpoints;
using AlignService.Testing;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Every case of golden/reward-models against the numbers of transformers.</summary>
[Trait("Category", "Golden")]
public sealed class RewardModelGoldenTests
{
    public static TheoryData<string> Cases => GoldenFolder.Rows("reward-models");

    [Theory]
    [MemberData(nameof(Cases))]
    public void RewardModel_LoadedFromItsDirectory_GivesTheGoldenScores(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("reward-models", caseName);
        using RewardModelHead model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadRewardModel(folder, new LoadOptions()));
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName);
        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];
        double[] expected = golden.Doubles("scores");
        GoldenAssert.Absolute(caseName, "scores", expected, [.. rows.Select(row => Scores(model, [row])[0])], GoldenModel.ValueTolerance);

        GoldenJson withPad = golden["ends_with_pad"];
        long[] ending = [.. withPad.Doubles("input_ids").Select(id => (long)id)];
        GoldenAssert.Absolute(caseName, "ends_with_pad", withPad.Double("score"), Scores(model, [ending])[0], GoldenModel.ValueTolerance);
        ComparePadded(caseName, golden["padded"], model);
        CompareGradients(caseName, golden, model, rows);
        golden.AssertAllRead();
    }

    private static void ComparePadded(string caseName, GoldenJson padded, RewardModelHead model)
    {
        Assert.Equal(padded.Int("pad_token_id"), model.Body.Config.PadTokenId);
        foreach (string side in padded.Keys.Where(key => key != "pad_token_id"))
        {
            // Batches here are padded on the right; one that comes padded on the left is turned round by its mask.
            GoldenJson batch = padded[side];
            double[][] masks = batch.Matrix("attention_mask");
            long[][] rows = [.. batch.Matrix("input_ids").Select((row, i) => row.Where((_, t) => masks[i][t] == 1).Select(id => (long)id).ToArray())];
            GoldenAssert.Absolute(caseName, $"padded.{side}", batch.Doubles("scores"), Scores(model, rows), GoldenModel.ValueTolerance);
        }
    }

    private static void CompareGradients(string caseName, GoldenJson golden, RewardModelHead model, long[][] rows)
    {
        GoldenJson gradient = golden["gradient"];
        using (NewDisposeScope())
        {
            Tensor sum = Batch(model, rows).sum();
            GoldenAssert.Absolute(caseName, "gradient.sum", gradient.Double("sum"), sum.ToDouble(), GoldenModel.ValueTolerance);
            sum.backward();
            Dictionary<string, double[]> gradients = TakeGradients(model);
            GoldenModel.CompareNorms(caseName, "gradient.norm", gradient["norm"], gradients);
            GoldenModel.CompareSamples(caseName, gradient["sample"], gradients);
        }

        foreach (GoldenJson pair in golden["bradley_terry"].Items)
        {
            using var scope = NewDisposeScope();
            Tensor scores = Batch(model, [rows[pair.Int("chosen")], rows[pair.Int("rejected")]]);
            Tensor loss = -nn.functional.logsigmoid(scores[0] - scores[1] - pair.Double("margin"));
            GoldenAssert.Absolute(caseName, "bradley_terry.loss", pair.Double("loss"), loss.ToDouble(), GoldenModel.ValueTolerance);
            loss.backward();
            GoldenModel.CompareNorms(caseName, "bradley_terry.gradient_norm", pair["gradient_norm"], TakeGradients(model));
        }
    }

    private static Dictionary<string, double[]> TakeGradients(RewardModelHead model)
    {
        var gradients = new Dictionary<string, double[]>();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.NamedParameters())
        {
            using Tensor wide = (parameter.grad ?? zeros_like(parameter)).to(ScalarType.Float64).contiguous();
            gradients[name] = [.. wide.data<double>()];
            parameter.grad?.zero_();
        }

        return gradients;
    }

    private static double[] Scores(RewardModelHead model, long[][] rows)
    {
        using var noGrad = no_grad();
        using Tensor scores = Batch(model, rows).to(ScalarType.Float64);
        return [.. scores.data<double>()];
    }

    /// <summary>The rows as one batch, padded on the right with an id that means something else.</summary>
    private static Tensor Batch(RewardModelHead model, long[][] rows)
    {
        const long Filler = 1;
        int longest = rows.Max(row => row.Length);
        long[] ids = [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(Filler, longest - row.Length)))];
        using Tensor batch = tensor(ids).view(rows.Length, longest), lengths = tensor(rows.Select(row => (long)row.Length).ToArray());
        return model.Scores(batch, lengths);
    }
}
