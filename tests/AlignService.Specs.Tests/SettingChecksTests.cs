using AlignService.Specs.Violations;
using Xunit;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Tests;

/// <summary>What a declaration says of a setting, seen through a whole spec: field and code; the texts are for people.</summary>
public sealed class SettingChecksTests
{
    [Fact]
    public void AFieldThatIsGivenAsItIsByDefault_IsNoReasonToWarn()
    {
        Wire.JobSpec spec = Spec(algorithm => algorithm.Profile = "dapo");
        Wire.JobSpec full = JobSpecWire.Write(JobSpecWire.Read(spec, "/data", new ViolationList())!);
        Assert.DoesNotContain(Check(spec).Warnings, warning => warning.Code == ViolationCode.NoEffect);
        Assert.DoesNotContain(Check(full).Warnings, warning => warning.Code == ViolationCode.NoEffect);
    }

    [Fact]
    public void WhatNothingReads_IsNamed()
    {
        ViolationList found = Check(Spec(algorithm =>
        {
            algorithm.KlCoefficient = 0;
            algorithm.KlEstimator = Wire.KlEstimator.K1;
            algorithm.SamplerCap = 3;
            algorithm.Objective = Wire.Objective.Reinforce;
            algorithm.ClipLow = 0.3;
        }));
        string[] fields = [.. found.Warnings.Where(warning => warning.Code == ViolationCode.NoEffect).Select(warning => warning.Field["spec.grpo.algorithm.".Length..]).Order(StringComparer.Ordinal)];
        Assert.Equal(["clip_low", "kl_estimator", "sampler_cap"], fields);
    }

    [Fact]
    public void EveryViolation_IsFoundAtOnce()
    {
        ViolationList found = Check(Spec(algorithm =>
        {
            algorithm.Steps = 0;
            algorithm.ClipLow = 2;
            algorithm.KlStop = -1;
            algorithm.MaxSamplingRounds = 100_000;
        }));
        Assert.Equal(
            ["spec.grpo.algorithm.clip_low", "spec.grpo.algorithm.kl_stop", "spec.grpo.algorithm.max_sampling_rounds", "spec.grpo.algorithm.steps"],
            found.Violations.Where(violation => violation.Code == ViolationCode.OutOfRange).Select(violation => violation.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AListItemAfterOneWithoutAKind_KeepsItsPlace()
    {
        Wire.JobSpec spec = Spec(_ => { });
        spec.Grpo.Rewards.Insert(0, new Wire.RewardSource { Name = "none" });
        spec.Grpo.Rewards.Add(new Wire.RewardSource { Name = "b", NumberMatch = new Wire.NumberMatchReward { Tolerance = -1 } });
        ViolationList found = Check(spec);
        Assert.Contains(found.Violations, violation => violation is { Field: "spec.grpo.rewards[0].kind", Code: ViolationCode.Missing });
        Assert.Contains(found.Violations, violation => violation is { Field: "spec.grpo.rewards[2].number_match.tolerance", Code: ViolationCode.OutOfRange });
    }

    private static Wire.JobSpec Spec(Action<Wire.GrpoAlgorithm> change)
    {
        var algorithm = new Wire.GrpoAlgorithm();
        change(algorithm);
        return new Wire.JobSpec { Grpo = new Wire.GrpoJob { Model = "m", Prompts = new() { File = "p" }, Algorithm = algorithm, Rewards = { new Wire.RewardSource { Name = "a", ExactMatch = new() } } } };
    }

    private static ViolationList Check(Wire.JobSpec wire)
    {
        var violations = new ViolationList();
        SpecRules.Check(JobSpecWire.Read(wire, "/data", violations)!, violations, TestContext.Current.CancellationToken);
        return violations;
    }
}
