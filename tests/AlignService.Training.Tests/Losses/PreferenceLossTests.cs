using AlignService.Testing;
using AlignService.Training.Losses;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Losses;

public sealed class PreferenceLossTests
{
    public static TheoryData<string> BradleyTerryRows => GoldenFolder.AlgorithmRows("preference.json", "bradley_terry");

    public static TheoryData<string> DirectRows => GoldenFolder.AlgorithmRows("preference.json", "dpo");

    [Theory]
    [MemberData(nameof(BradleyTerryRows))]
    [Trait("Category", "Golden")]
    public void BradleyTerry_GoldenCase_GivesLossGradientAndAccuracy(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("preference.json", row);
        GoldenJson expected = golden["expected"];
        foreach ((ScalarType dtype, double tolerance) in new[] { (ScalarType.Float64, GoldenTolerance.Double), (ScalarType.Float32, GoldenTolerance.Float) })
        {
            using var scope = NewDisposeScope();
            Tensor chosen = GoldenTensors.Vector(golden.Doubles("chosen"), dtype).requires_grad_();
            Tensor rejected = GoldenTensors.Vector(golden.Doubles("rejected"), dtype).requires_grad_();
            Tensor? margin = golden.HasValue("margin") ? GoldenTensors.Vector(golden.Doubles("margin"), dtype) : null;
            int pairCount = (int)chosen.numel();

            BradleyTerryLoss result = BradleyTerryLoss.Compute(chosen, rejected, margin);
            Tensor loss = result.Share(pairCount);
            loss.backward();

            GoldenAssert.Close(row, "loss", expected.Double("loss"), loss.Value(), tolerance);
            GoldenAssert.Close(row, "chosen_gradient", expected.Doubles("chosen_gradient"), chosen.grad!.Values(), tolerance);
            GoldenAssert.Close(row, "rejected_gradient", expected.Doubles("rejected_gradient"), rejected.grad!.Values(), tolerance);
            GoldenAssert.Close(row, "accuracy", expected.Double("accuracy"), result.Correct.sum().Value() / pairCount, tolerance);
        }

        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(DirectRows))]
    [Trait("Category", "Golden")]
    public void Direct_GoldenCase_GivesLossGradientAndRewards(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("preference.json", row);
        GoldenJson expected = golden["expected"];
        foreach ((ScalarType dtype, double tolerance) in new[] { (ScalarType.Float64, GoldenTolerance.Double), (ScalarType.Float32, GoldenTolerance.Float) })
        {
            using var scope = NewDisposeScope();
            Tensor Read(string key) => GoldenTensors.Vector(golden.Doubles(key), dtype);
            PreferenceLogProbs logProbs = new(
                Read("chosen_log_probs").requires_grad_(), Read("rejected_log_probs").requires_grad_(), Read("ref_chosen_log_probs"), Read("ref_rejected_log_probs"));

            DirectPreferenceLoss loss = DirectPreferenceLoss.Compute(logProbs, golden.Double("beta"), golden.Double("label_smoothing"));
            Tensor mean = loss.Share((int)loss.PerPair.numel());
            mean.backward();

            GoldenAssert.Close(row, "loss", expected.Double("loss"), mean.Value(), tolerance);
            GoldenAssert.Close(row, "chosen_gradient", expected.Doubles("chosen_gradient"), logProbs.Chosen.grad!.Values(), tolerance);
            GoldenAssert.Close(row, "rejected_gradient", expected.Doubles("rejected_gradient"), logProbs.Rejected.grad!.Values(), tolerance);

            // Float inputs near 60 carry 4e-6 each before the difference.
            double rewardTolerance = dtype == ScalarType.Float32 ? 2 * tolerance : tolerance;
            GoldenAssert.Close(row, "chosen_rewards", expected.Doubles("chosen_rewards"), loss.ChosenRewards.Values(), rewardTolerance);
            GoldenAssert.Close(row, "rejected_rewards", expected.Doubles("rejected_rewards"), loss.RejectedRewards.Values(), rewardTolerance);
            GoldenAssert.Close(row, "accuracy", expected.Double("accuracy"), (loss.ChosenRewards > loss.RejectedRewards).to(ScalarType.Float64).mean().Value(), tolerance);
        }

        golden.AssertAllRead();
    }
}
