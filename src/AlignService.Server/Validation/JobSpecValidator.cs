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
    /// <summary>Of one evaluation: its worker holds the rows of its table.</summary>
    private const int MaxAnswers = 1_000_000;

    /// <summary>Steps of an evaluation beyond which its checkpoints cost more than they save.</summary>
    private const int UsualSteps = 2000;

    public async Task ValidateAsync(JobSpec spec, ViolationList violations, CancellationToken cancellationToken)
    {
        SpecRules.Check(spec, violations, cancellationToken);
        await CheckAfterAsync(spec, violations, cancellationToken);
        await (spec.Kind switch
        {
            GrpoJob grpo => CheckGrpoAsync(spec, grpo, violations, cancellationToken),
            EvaluationJob evaluation => CheckEvaluationAsync(spec, evaluation, violations.At($"{JobSpecWire.Path}.evaluation"), cancellationToken),
            _ => examples.CheckAsync(spec, violations, cancellationToken),
        });
        memory.Check(spec.Kind, violations, $"{JobSpecWire.Path}.{JobSpecWire.NameOf(spec.Kind)}");
    }

    private async Task CheckGrpoAsync(JobSpec spec, GrpoJob job, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo";
        GrpoModelFolders folders = await models.CheckAsync(spec, job, violations, cancellationToken);
        SampledPromptRules rules = SampledPromptRules.Load(folders, LengthSettings.Of(job.Config), violations.At(path), cancellationToken);
        IReadOnlyList<Prompt>? prompts = rules.Check(job.Prompts, "prompts", job.Rewards, access.Files, cancellationToken);
        CheckRewards(job.Rewards, prompts, violations.At(path), cancellationToken);
        IReadOnlyList<Prompt>? heldOut = job.EvaluationPrompts is { } evaluation ? rules.Check(evaluation, "evaluation_prompts", job.Rewards, access.Files, cancellationToken)
            : prompts is null ? null
            : HeldOutRules.Split(() => PromptFile.Split(prompts, job.Prompts), job.Prompts, violations.At($"{path}.prompts"))?.HeldOut;
        CheckSize(job.Evaluation, heldOut?.Count ?? 0, violations.At($"{path}.evaluation"));
    }

    private async Task CheckEvaluationAsync(JobSpec spec, EvaluationJob job, FieldViolations at, CancellationToken cancellationToken)
    {
        GrpoModelFolders folders = await models.CheckAsync(spec, job, at, cancellationToken);
        SampledPromptRules rules = SampledPromptRules.Load(folders, LengthSettings.Of(job.Config.Sampling), at, cancellationToken);
        IReadOnlyList<Prompt>? prompts = rules.Check(job.Prompts, "prompts", job.Rewards, access.Files, cancellationToken);
        CheckRewards(job.Rewards, prompts, at, cancellationToken);
        if (prompts is null)
        {
            return;
        }

        int count = job.Prompts.HeldOutFraction == 0 ? prompts.Count : HeldOutRules.Split(() => PromptFile.Split(prompts, job.Prompts), job.Prompts, at.At("prompts"))?.HeldOut.Count ?? 0;
        if ((long)count * job.Config.SamplesPerPrompt > MaxAnswers)
        {
            at.Add(
                "samples_per_prompt",
                $"{count} prompts x {job.Config.SamplesPerPrompt} answers are {(long)count * job.Config.SamplesPerPrompt} answers; at most {MaxAnswers} are allowed. Lower it, or divide the prompts over several jobs.",
                ViolationCode.OutOfRange);
        }
        else if (job.Config.BatchSize > 0 && (count + job.Config.BatchSize - 1) / job.Config.BatchSize is > UsualSteps and int steps)
        {
            at.Warn("batch_size", $"it is {job.Config.BatchSize}, so {count} prompts are {steps} steps, each of which writes all answers so far; set {(count + UsualSteps - 1) / UsualSteps} or more.");
        }
    }

    /// <summary>What rewards may reach, and whether they can score at all.</summary>
    private void CheckRewards(IReadOnlyList<RewardConfig> rewards, IReadOnlyList<Prompt>? prompts, FieldViolations job, CancellationToken cancellationToken)
    {
        foreach (RemoteRewardConfig reward in rewards.OfType<RemoteRewardConfig>())
        {
            reward.CheckAccess(access.Secrets, access.Network, job.At("rewards", reward.Place).At(RewardKinds.NameOf(reward)));
        }

        if (prompts is [Prompt first, ..] && !job.HasAny("rewards"))
        {
            RewardConfig.TryAll(rewards, first, job, cancellationToken);
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
