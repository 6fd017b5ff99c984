using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Prompts;

namespace AlignService.Server.Validation;

/// <summary>Every check of a spec at submit time, in one pass that reports every fault. Nothing here touches a tensor.</summary>
internal sealed class JobSpecValidator(IJobCatalog catalog, ModelRules models, FittingJobRules fitting)
{
    private const string ControlFault = "there is a control character in it (a line break, an escape), which would garble lists and terminals; leave it out.";
    private const int MaxDisplayNameLength = 200;
    private const int MaxLabelCount = 64;
    private const int MaxLabelKeyLength = 63;
    private const int MaxLabelValueLength = 255;

    public async Task ValidateAsync(JobSpec spec, FaultList faults, CancellationToken cancellationToken)
    {
        CheckIdentity(spec, faults);
        await CheckAfterAsync(spec, faults, cancellationToken);
        new RangeCheck(faults, "spec.limits").AtLeast("max_restarts", spec.Limits.MaxRestarts, 0);
        switch (spec.Kind)
        {
            case GrpoJob grpo:
                await CheckGrpoAsync(spec, grpo, faults, cancellationToken);
                break;
            case SupervisedJob supervised:
                await fitting.CheckAsync(spec, supervised, faults, cancellationToken);
                break;
            case PreferenceJob preference:
                await fitting.CheckAsync(spec, preference, faults, cancellationToken);
                break;
            case RewardModelJob rewardModel:
                await fitting.CheckAsync(spec, rewardModel, faults, cancellationToken);
                break;
        }
    }

    private async Task CheckGrpoAsync(JobSpec spec, GrpoJob job, FaultList faults, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo";
        AlgorithmRules.Check(job.Config, faults, $"{path}.algorithm");
        AdapterRules.Check(job, faults, path);
        CriticRules.Check(job.Config, faults, path);
        TrustRegionRules.Check(job.Config, faults, $"{path}.algorithm");
        SettingsRules.CheckSampling(job.Config, faults, $"{path}.sampling");
        SettingsRules.CheckOptimizer(job.Config.Optimizer, faults, $"{path}.optimizer");
        long updates = (long)job.Config.StepCount * job.Config.EpochCount * job.Config.MinibatchCount;
        SettingsRules.CheckWarmup(job.Config.Optimizer, updates, faults, $"{path}.optimizer");
        EvaluationRules.Check(job.Evaluation, [.. job.Rewards.Select(reward => reward.Name)], faults, $"{path}.evaluation");
        EvaluationRules.CheckPrompts(job, faults, $"{path}.evaluation");
        EvaluationRules.WarnOfLostBest(job, faults, path);
        SettingsRules.CheckCheckpoint(job.Checkpoint, faults, $"{path}.checkpoint");
        GuardianRules.Check(job.Config, faults, $"{path}.guardian");
        MemoryRules.Check(job.Config, faults, $"{path}.memory");
        RewardRules.Check(job.Rewards, faults, $"{path}.rewards");
        ModelFolder? policy = await models.CheckAsync(spec, job, faults, cancellationToken);
        PromptLengthRules? lengths = policy is null || faults.HasFaultAt($"{path}.sampling") ? null : PromptLengthRules.Load(policy, job.Config, faults, $"{path}.model");
        CheckPrompts(job.Prompts, $"{path}.prompts");
        if (job.EvaluationPrompts is { } evaluation)
        {
            int count = CheckPrompts(evaluation, $"{path}.evaluation_prompts");
            EvaluationRules.CheckSize(job.Evaluation, count, faults, $"{path}.evaluation");
        }

        NoEffectRules.Check(job, faults, path);

        int CheckPrompts(PromptSourceConfig source, string place)
        {
            if (PromptRules.Check(source, faults, place) is not { } prompts)
            {
                return 0;
            }

            PromptRules.CheckAnswers(prompts, job.Rewards, source, faults, place);
            lengths?.Check(prompts, faults, place, cancellationToken);
            return prompts.Count;
        }
    }

    private static void CheckIdentity(JobSpec spec, FaultList faults)
    {
        if (spec.DisplayName.Length > MaxDisplayNameLength)
        {
            faults.Add("spec.display_name", $"it has {spec.DisplayName.Length} characters; at most {MaxDisplayNameLength} are allowed.");
        }

        if (HasControl(spec.DisplayName))
        {
            faults.Add("spec.display_name", ControlFault);
        }

        if (spec.Labels.Count > MaxLabelCount)
        {
            faults.Add("spec.labels", $"there are {spec.Labels.Count} labels; at most {MaxLabelCount} are allowed.");
        }

        foreach ((string key, string value) in spec.Labels)
        {
            if (key.Length is 0 or > MaxLabelKeyLength)
            {
                faults.Add("spec.labels", $"the key \"{key}\" has {key.Length} characters; a key has 1 to {MaxLabelKeyLength}.");
            }

            if (HasControl(key) || HasControl(value))
            {
                faults.Add("spec.labels", ControlFault);
            }

            if (value.Length > MaxLabelValueLength)
            {
                faults.Add($"spec.labels[{key}]", $"the value has {value.Length} characters; at most {MaxLabelValueLength} are allowed.");
            }
        }
    }

    private static bool HasControl(string text) => text.Any(char.IsControl);

    private async Task CheckAfterAsync(JobSpec spec, FaultList faults, CancellationToken cancellationToken)
    {
        for (int i = 0; i < spec.After.Count; i++)
        {
            Job? job = await catalog.FindAsync(spec.After[i], cancellationToken);
            if (job is null)
            {
                faults.Add($"spec.after[{i}]", $"{spec.After[i].ResourceName} does not exist; list the jobs to see which do.");
            }
            else if (job.State is JobState.Failed or JobState.Cancelled)
            {
                faults.Add(
                    $"spec.after[{i}]",
                    $"{job.Id.ResourceName} is {job.State.ToString().ToLowerInvariant()} and will never succeed; leave it out or name a job that can.");
            }
        }
    }
}
