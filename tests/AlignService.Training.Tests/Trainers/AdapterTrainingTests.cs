using AlignService.Model.Architecture;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Policies;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Trainers;

/// <summary>GRPO with a low-rank adapter over frozen weights.</summary>
public sealed class AdapterTrainingTests
{
    /// <summary>Two engines in float32.</summary>
    private const double SamplerTolerance = 1e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void RunStep_Adapter_MovesItAloneAndTheSamplerSeesIt()
    {
        using GrpoTrainer trainer = WithAdapter(new()).Start();
        byte[] before = BaseBytes(trainer), start = GrpoTrainerTests.Bytes(trainer);
        StepReport[] reports = [.. Enumerable.Range(0, 6).Select(_ => trainer.RunStep(Token))];

        Assert.Equal(before, BaseBytes(trainer));
        Assert.NotEqual(start, GrpoTrainerTests.Bytes(trainer));
        Assert.All(trainer.Policy.NamedParameters(), entry => Assert.False(entry.Parameter.requires_grad));
        Assert.Equal(0, reports[0].Metrics["policy/kl"], 1e-9);
        Assert.True(reports[^1].Metrics["policy/kl"] > 1e-4, $"{reports[^1].Metrics["policy/kl"]}");
        Assert.All(reports, report => Assert.InRange(report.Metrics["sampler/logprob_difference_max"], 0, SamplerTolerance));
    }

    [Fact]
    public void RunStep_ReferenceIsTheBaseWithTheAdapterOff_EqualsASecondCopy()
    {
        TinyRun run = WithAdapter(new());
        using GrpoTrainer shared = run.Start(), separate = (run with { SeparateReference = true }).Start();
        for (int step = 0; step < 3; step++)
        {
            Assert.Equal(separate.RunStep(Token).Metrics["policy/kl"], shared.RunStep(Token).Metrics["policy/kl"]);
        }

        Assert.Equal(GrpoTrainerTests.Bytes(separate), GrpoTrainerTests.Bytes(shared));
    }

    [Theory]
    [InlineData(SamplerCorrection.Off, 1)]
    [InlineData(SamplerCorrection.SequenceMask, 1)]
    [InlineData(SamplerCorrection.SequenceMask, 2)]
    public void RunStep_Dropout_IsNoDisagreementOfSamplerAndTrainer(SamplerCorrection correction, int epochs)
    {
        TinyRun run = WithAdapter(new() { Form = new() { Dropout = 0.3 } });
        using GrpoTrainer trainer = (run with { Config = run.Config with { EpochCount = epochs, Loss = new() { SamplerCorrection = correction } } }).Start();
        StepReport[] reports = [.. Enumerable.Range(0, 4).Select(_ => trainer.RunStep(Token))];

        // One update alone takes its own log-probs for the old ones: the ratio is 1, and there is nothing to compare the sampler's with.
        bool isAlone = correction == SamplerCorrection.Off;
        Assert.All(reports, report => Assert.Equal(!isAlone, report.Metrics.ContainsKey("sampler/logprob_difference_max")));
        Assert.All(reports, report => Assert.InRange(report.Metrics.GetValueOrDefault("sampler/logprob_difference_max"), 0, SamplerTolerance));
        Assert.All(reports[1..], report => Assert.Equal(isAlone, report.Metrics["policy/ratio_mean"] == 1));
    }

    [Fact]
    public void Refresh_Adapter_MakesTheReferenceWhatThePolicyWas()
    {
        using Transformer policy = PolicyLoader.Load(TinyRun.Model, new PolicyAdapterConfig(), name => name, seed: 1);
        using LowRankAdapter adapter = policy.Adapter!;
        using AdapterReference reference = AdapterReference.Of(policy, startsFromBase: true, isRefreshed: true);
        float[] start = reference.Read(States);
        Move(adapter);
        float[] moved = States(policy);
        Assert.Equal(start, reference.Read(States));
        reference.Refresh(policy, alpha: 1);
        Assert.Equal(moved, reference.Read(States));
        Move(adapter);
        Assert.Equal(moved, reference.Read(States));
        Assert.NotEqual(moved, States(policy));
    }

    private static TinyRun WithAdapter(PolicyAdapterConfig adapter)
    {
        TinyRun run = new();
        return run with { Config = run.Config with { Adapter = adapter } };
    }

    private static byte[] BaseBytes(GrpoTrainer trainer) => [.. trainer.Policy.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];

    private static float[] States(Transformer model)
    {
        using var noGrad = no_grad();
        using Tensor hidden = model.Hidden(tensor(new long[] { 3, 1, 4, 1, 5 }).unsqueeze(0));
        return hidden.data<float>().ToArray();
    }

    private static void Move(LowRankAdapter adapter)
    {
        using var noGrad = no_grad();
        foreach ((_, TorchSharp.Modules.Parameter parameter) in adapter.NamedParameters())
        {
            parameter.add_(0.01);
        }
    }
}
