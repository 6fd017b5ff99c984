using AlignService.Jobs;
using AlignService.Jobs.Runs;
using AlignService.Server.Access;
using AlignService.Specs;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Every check of a spec at submit time, in one pass that reports every violation. No tensors are read.</summary>
internal sealed class JobSpecValidator(CallerCatalog catalog, ModelRules models, ExampleJobRules examples, MemoryRules memory, RunAccess access)
{
    public async Task ValidateAsync(JobSpec spec, ViolationList violations, CancellationToken cancellationToken)
    {
        SpecRules.Check(spec, violations, cancellationToken);
        await CheckAfterAsync(spec, violations, cancellationToken);
        await (spec.Kind is GrpoJob grpo ? CheckGrpoAsync(spec, grpo, violations, cancellationToken) : examples.CheckAsync(spec, violations, cancellationToken));
        memory.Check(spec.Kind, violations, $"{JobSpecWire.Path}.{JobSpecWire.NameOf(spec.Kind)}");
    }

    private async Task CheckGrpoAsync(JobSpec spec, GrpoJob job, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo";
        GrpoModelFolders folders = await models.CheckAsync(spec, job, violations, cancellationToken);
        ModelFolder? policy = folders.Policy;
        IReadOnlyList<RewardIdRules> rewardIds = [.. folders.RewardModels.Select(model => RewardIdRules.Load(model, violations, cancellationToken)).OfType<RewardIdRules>()];
        PromptLengthRules? lengths = policy is null || violations.HasAny($"{path}.sampling") ? null : PromptLengthRules.Load(policy, job.Config, violations, $"{path}.model", cancellationToken);
        IReadOnlyList<Prompt>? prompts = CheckPrompts(job.Prompts, $"{path}.prompts");
        foreach (RemoteRewardConfig reward in job.Rewards.OfType<RemoteRewardConfig>())
        {
            reward.CheckAccess(access.Secrets, access.Network, violations.At(path).At("rewards", reward.Place).At(RewardKinds.NameOf(reward)));
        }

        if (prompts is [Prompt first, ..] && !violations.HasAny($"{path}.rewards"))
        {
            RewardConfig.TryAll(job.Rewards, first, violations.At(path), cancellationToken);
        }

        IReadOnlyList<Prompt>? heldOut = job.EvaluationPrompts is { } evaluation ? CheckPrompts(evaluation, $"{path}.evaluation_prompts")
            : prompts is null ? null
            : HeldOutRules.Split(() => PromptFile.Split(prompts, job.Prompts), job.Prompts, violations.At($"{path}.prompts"))?.HeldOut;
        CheckSize(job.Evaluation, heldOut?.Count ?? 0, violations.At($"{path}.evaluation"));

        IReadOnlyList<Prompt>? CheckPrompts(PromptSourceConfig source, string place)
        {
            if (PromptRules.Check(source, access.Files, violations, place, cancellationToken) is { } read)
            {
                PromptRules.CheckAnswers(read, job.Rewards, source, violations, place);
                lengths?.Check(read, violations, place, cancellationToken);
                foreach (RewardIdRules rules in rewardIds)
                {
                    rules.Check(read, violations, cancellationToken);
                }

                return read;
            }

            return null;
        }
    }

    /// <summary>An evaluation answers all prompts at once, as a step does.</summary>
    private static void CheckSize(EvaluationConfig evaluation, int promptCount, FieldViolations at)
    {
        if ((long)promptCount * evaluation.SamplesPerPrompt > GrpoRules.MaxRolloutsPerStep)
        {
            at.Add(
                "samples_per_prompt",
                $"it is {evaluation.SamplesPerPrompt}; with {promptCount} held-out prompts that is {(long)promptCount * evaluation.SamplesPerPrompt} answers per evaluation; at most {GrpoRules.MaxRolloutsPerStep} are allowed.",
                ViolationCode.OutOfRange);
        }
    }

    private async Task CheckAfterAsync(JobSpec spec, ViolationList violations, CancellationToken cancellationToken)
    {
        for (int i = 0; i < spec.After.Count; i++)
        {
            Job? job = await catalog.FindAsync(spec.After[i], cancellationToken);
            if (job is null)
            {
                violations.Add($"spec.after[{i}]", $"{spec.After[i].ResourceName} does not exist; list the jobs to see which do.", ViolationCode.NotFound);
            }
            else if (job.State is JobState.Failed or JobState.Cancelled)
            {
                violations.Add(
                    $"spec.after[{i}]",
                    $"{job.Id.ResourceName} is {job.State.ToString().ToLowerInvariant()} and can never succeed; leave it out or name a job that can.",
                    ViolationCode.Conflict);
            }
        }
    }
}
