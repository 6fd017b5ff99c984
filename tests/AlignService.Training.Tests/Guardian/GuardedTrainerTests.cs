using AlignService.Specs.Guardian;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Guardian;

/// <summary>The guardian in a real run.</summary>
public sealed class GuardedTrainerTests : IDisposable
{
    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RunStep_EverySourceFlat_SkipsTheUpdateAndSaysWhy()
    {
        TinyRun flat = Run(new() { NoLearningSignal = new() { Threshold = 1, Action = GuardianAction.SkipStep } }) with { Rewards = [("flat", 1, _ => 1)] };
        using GrpoTrainer trainer = flat.Start();
        double before = Norm(trainer);

        StepReport report = trainer.RunStep(Token);

        GuardianFinding finding = Assert.Single(report.Findings);
        Assert.Equal(("no_learning_signal", GuardianAction.SkipStep, 1.0), (finding.Rule, finding.Action, finding.Value));
        Assert.Equal(before, Norm(trainer));
        Assert.DoesNotContain("policy/loss", report.Metrics.Keys);
        Assert.Equal(1, trainer.CompletedSteps);
    }

    [Fact]
    public void RunStep_SamplerMismatchThatSkips_IsKnownBeforeTheUpdate()
    {
        // The two engines agree to about 1e-6 nats; a bound far below that makes any step one too many.
        using GrpoTrainer trainer = Run(new() { SamplerMismatch = new() { Threshold = 1e-12, Action = GuardianAction.SkipStep } }).Start();
        double before = Norm(trainer);

        StepReport report = trainer.RunStep(Token);

        Assert.Equal("sampler_mismatch", Assert.Single(report.Findings).Rule);
        Assert.InRange(report.Metrics["sampler/logprob_difference_mean"], 1e-12, 1e-4);
        Assert.Equal(before, Norm(trainer));
    }

    [Fact]
    public void RunStep_Defaults_FindNothingInAHealthyRunAndChangeNothing()
    {
        using GrpoTrainer guarded = Run(new()).Start(), alone = Run(AllOff).Start();
        for (int step = 0; step < 3; step++)
        {
            Assert.Empty(guarded.RunStep(Token).Findings);
            Assert.Empty(alone.RunStep(Token).Findings);
        }

        Assert.Equal(Norm(alone), Norm(guarded));
    }

    /// <summary>Every group is dropped, for it has no signal; what was sampled still says why.</summary>
    [Fact]
    public void RunStep_DynamicSamplingDropsEverythingForWantOfScores_FailsTheRun()
    {
        TinyRun run = Run(new()) with { Rewards = [("mute", 1, _ => double.NaN)] };
        using GrpoTrainer trainer = (run with { Config = run.Config with { DynamicSampling = true, MaxSamplingRounds = 2 } }).Start();
        List<StepReport> reports = [trainer.RunStep(Token), trainer.RunStep(Token), trainer.RunStep(Token)];

        Assert.All(reports, report =>
        {
            Assert.Empty(report.Rollouts);
            Assert.Equal(1, report.Metrics["reward/mute/missing_fraction"]);
            Assert.Contains($"no completion of step {report.Step} has a reward after 2 sampling rounds; the policy is not updated", report.Messages);
        });
        Assert.Empty(reports[0].Findings.Concat(reports[1].Findings));
        GuardianFinding finding = Assert.Single(reports[2].Findings); // and none that all rewards were equal
        Assert.Equal(("missing_scores", "mute", GuardianAction.Fail, 1.0), (finding.Rule, finding.Subject, finding.Action, finding.Value));
    }

    /// <summary>The kept groups are those that were scored: among them nothing is missing.</summary>
    [Fact]
    public void RunStep_DynamicSamplingDropsWhatIsNotScored_CountsIt()
    {
        int call = 0;
        bool Scores(int completion) => completion / 4 % 3 == 0; // one group of three
        TinyRun run = Run(new() { MissingScores = new() { Threshold = 0.6, Action = GuardianAction.Pause } }) with
        {
            Rewards = [("flaky", 1, request => Scores(call++) ? call : double.NaN), ("other", 0, _ => 1)],
        };
        using GrpoTrainer trainer = (run with { Config = run.Config with { DynamicSampling = true, MaxSamplingRounds = 3 } }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(12, report.Rollouts.Count);
        Assert.All(report.Rollouts, row => Assert.False(double.IsNaN(row.Reward)));
        Assert.Equal(24 / 36.0, report.Metrics["reward/flaky/missing_fraction"], 1e-12);
        Assert.Equal(0, report.Metrics["reward/other/missing_fraction"]);
        Assert.Equal(("missing_scores", "flaky"), (Assert.Single(report.Findings).Rule, report.Findings[0].Subject));
    }

    [Fact]
    public void Checkpoint_KeepsWhatTheRulesRemember()
    {
        GuardianConfig config = AllOff with { ConstantReward = new() { Threshold = 0, Patience = 3 } };
        TinyRun flat = Run(config) with { Rewards = [("flat", 1, _ => 1)] };
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using (GrpoTrainer first = flat.Start())
        {
            Assert.Empty(first.RunStep(Token).Findings);
            Assert.Empty(first.RunStep(Token).Findings);
            first.Save(checkpoint, TinyRun.Model, SaveDtype.AsLoaded);
        }

        using GrpoTrainer second = flat.Start();
        second.Restore(checkpoint);

        GuardianFinding finding = Assert.Single(second.RunStep(Token).Findings);
        Assert.Equal(("constant_reward", "flat"), (finding.Rule, finding.Subject));
    }

    private static GuardianConfig AllOff { get; } = new()
    {
        KlBlowUp = Off,
        EntropyCollapse = Off,
        LengthExplosion = Off,
        NoLearningSignal = Off,
        ConstantReward = Off,
        SamplerMismatch = Off,
    };

    private static GuardianRuleConfig Off => new() { Action = GuardianAction.Off };

    private static TinyRun Run(GuardianConfig guardian)
    {
        var run = new TinyRun();
        return run with { Config = run.Config with { Guardian = guardian } };
    }

    /// <summary>Of all weights together: equal bits have equal norms, and an update moves it.</summary>
    private static double Norm(GrpoTrainer trainer)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return trainer.Policy.NamedParameters().Sum(entry => entry.Parameter.to(ScalarType.Float64).square().sum().item<double>());
    }
}
