using AlignService.Specs.Guardian;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;

namespace AlignService.Specs;

/// <summary>Every check that needs only the spec: no file, no model, no other job.</summary>
public static class SpecRules
{
    private const string ControlCharacter = "it contains a control character (line break, escape), which would garble lists and terminals; remove it.";
    private const int MaxDisplayNameLength = 200;
    private const int MaxLabelCount = 64;
    private const int MaxLabelKeyLength = 63;
    private const int MaxLabelValueLength = 255;

    /// <param name="spec">As it was read.</param>
    /// <param name="violations">Collects what is wrong.</param>
    /// <param name="cancellationToken">Checked before each pattern, schema and script is compiled.</param>
    public static void Check(JobSpec spec, ViolationList violations, CancellationToken cancellationToken)
    {
        CheckIdentity(spec, violations);
        JobSpecWire.CheckSettings(spec, violations);
        FieldViolations job = violations.At($"{JobSpecWire.Path}.{JobSpecWire.NameOf(spec.Kind)}");
        SharedRules.CheckEvaluation(spec.Kind.Evaluation, job.At("evaluation"));
        SharedRules.WarnOfLostBest(spec.Kind.Evaluation, spec.Kind.Checkpoint, job);
        SourceRules.Check(spec.Kind, job);
        switch (spec.Kind)
        {
            case GrpoJob grpo:
                CheckGrpo(grpo, job, cancellationToken);
                break;
            case IExampleJob examples:
                CheckExamples(spec.Kind, examples, job);
                break;
        }
    }

    private static void CheckGrpo(GrpoJob job, FieldViolations at, CancellationToken cancellationToken)
    {
        GrpoConfig config = job.Config;
        GrpoRules.Check(config, at);
        GuardianConfigRules.Check(config.Guardian, at.At("guardian"));
        RewardConfig.CheckAll(job.Rewards, at, cancellationToken);
        SharedRules.WarnOfWarmup(config.Optimizer, (long)config.StepCount * config.EpochCount * config.MinibatchCount, at);
        CheckGrpoEvaluation(job, at.At("evaluation"));
        CheckGrpoMemory(config, at.At("memory"));
        if (config.Adapter is { } adapter)
        {
            SharedRules.CheckAdapter(adapter, job.Checkpoint, at);
            CheckAdapterSync(job, at.At("algorithm"));
        }

        if (config.Advantage == AdvantageKind.Process && !job.Rewards.Any(reward => reward.ScoresSegments))
        {
            at.At("algorithm").Warn(
                "advantage",
                "it is process, but no reward scores segments, so every completion is one segment; add a process_reward_model, or a java_script, remote or http reward with segment_delimiter or segment_per_token.");
        }
    }

    private static void CheckGrpoEvaluation(GrpoJob job, FieldViolations at)
    {
        EvaluationConfig evaluation = job.Evaluation;
        string[] sources = [.. job.Rewards.Select(reward => reward.Name)];
        if (evaluation is { Temperature: 0, SamplesPerPrompt: > 1 })
        {
            at.Warn("samples_per_prompt", $"temperature 0 is greedy, so all {evaluation.SamplesPerPrompt} answers to a prompt will be the same; 1 is enough.");
        }

        if (evaluation.SuccessSource is { } source && !sources.Contains(source))
        {
            at.Add("success_source", $"the job has no reward source \"{source}\". {NearNames.Suggest(source, sources)}", ViolationCode.Unknown);
        }

        bool hasHeldOut = job.EvaluationPrompts is not null || job.Prompts.HeldOutFraction > 0;
        SharedRules.CheckStop(evaluation, hasHeldOut ? null : "evaluation_prompts", "reward", at);
        if (!hasHeldOut && evaluation is { StopPatience: null, StopAtScore: null, CountsSuccess: true })
        {
            at.Warn(evaluation.PassAt.Count > 0 ? "pass_at" : "success_source", "it has no effect: the job has no evaluation_prompts.", ViolationCode.NoEffect);
        }
    }

    private static void CheckGrpoMemory(GrpoConfig config, FieldViolations at)
    {
        if (config.Memory.FrozenDtype == FrozenDtype.BF16 && config.ReferenceSyncSteps is { } steps && config.NeedsReference)
        {
            at.Add(
                "frozen_dtype",
                $"it is bf16, and reference_sync_steps is {steps}: a reference in bfloat16 (8 bits of precision) would lose small changes of the policy at every refresh. "
                + "Leave frozen_dtype at f32, or reference_sync_steps at 0.",
                ViolationCode.Conflict);
        }

        if (config is { Memory.PolicyDtype: PolicyDtype.BF16, Loss.Objective: Objective.NaturalGradient })
        {
            at.Add(
                "policy_dtype",
                "it is bf16, and the objective is natural_gradient (profile trust_region), which updates the parameters directly: in bfloat16 (8 bits of precision) small changes would be lost. "
                + "Leave policy_dtype at f32, or use another objective.",
                ViolationCode.Conflict);
        }
    }

    /// <summary>The reference of an adapter is a copy of it.</summary>
    private static void CheckAdapterSync(GrpoJob job, FieldViolations algorithm)
    {
        GrpoConfig config = job.Config;
        if (config.ReferenceSyncSteps is not > 0 || !config.NeedsReference)
        {
            return;
        }

        if (job.ReferenceModel is not null)
        {
            algorithm.Add("reference_sync_steps", "an adapter is trained, but reference_model has its own weights, which an adapter cannot refresh; leave one of the two out.", ViolationCode.Conflict);
        }
        else if (config.ReferenceSyncAlpha != 1)
        {
            algorithm.Add(
                "reference_sync_alpha",
                $"it is {config.ReferenceSyncAlpha}; the reference of an adapter is a copy of it, and the mean of two adapters' factors is not the mean of their weights, so it must be 1.",
                ViolationCode.Conflict);
        }
    }

    private static void CheckExamples(JobKind job, IExampleJob examples, FieldViolations at)
    {
        FieldViolations evaluation = at.At("evaluation");
        if (job.Evaluation.StopAtScore > 0)
        {
            evaluation.Add(
                "stop_at_score",
                $"it is {job.Evaluation.StopAtScore}; the score of this kind of job is minus the held-out loss and never above 0, so it would never stop the job. For a loss of 0.5 set -0.5.",
                ViolationCode.OutOfRange);
        }

        SharedRules.CheckStop(job.Evaluation, examples.MissingHeldOut, "loss", evaluation);
        if (examples.Config.Adapter is { } adapter)
        {
            SharedRules.CheckAdapter(adapter, job.Checkpoint, at);
        }

        if (job is PreferenceJob preference && preference.Preferences.Inline.Any(pair => pair.Margin != 0))
        {
            at.At("preferences").Warn("inline", "margins have no effect: only reward-model training reads them.", ViolationCode.NoEffect);
        }
    }

    private static void CheckIdentity(JobSpec spec, ViolationList violations)
    {
        FieldViolations at = violations.At(JobSpecWire.Path);
        if (spec.DisplayName.Length > MaxDisplayNameLength)
        {
            at.Add("display_name", $"it has {spec.DisplayName.Length} characters; at most {MaxDisplayNameLength} are allowed.", ViolationCode.OutOfRange);
        }

        if (HasControl(spec.DisplayName))
        {
            at.Add("display_name", ControlCharacter);
        }

        if (spec.Labels.Count > MaxLabelCount)
        {
            at.Add("labels", $"there are {spec.Labels.Count} labels; at most {MaxLabelCount} are allowed.", ViolationCode.OutOfRange);
        }

        foreach ((string key, string value) in spec.Labels)
        {
            if (key.Length is 0 or > MaxLabelKeyLength)
            {
                at.Add("labels", $"the key \"{key}\" has {key.Length} characters; a key has 1 to {MaxLabelKeyLength}.", ViolationCode.OutOfRange);
            }

            if (HasControl(key) || HasControl(value))
            {
                at.Add("labels", ControlCharacter);
            }

            if (value.Length > MaxLabelValueLength)
            {
                at.Add($"labels[{key}]", $"the value has {value.Length} characters; at most {MaxLabelValueLength} are allowed.", ViolationCode.OutOfRange);
            }
        }
    }

    private static bool HasControl(string text) => text.Any(char.IsControl);
}
