using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Mapping;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Checks that the models of a job exist and fit it, by their JSON files; weights stay untouched.</summary>
internal sealed class ModelRules(IJobCatalog catalog, IJobJournal journal)
{
    /// <summary>Returns the policy's folder, where it can be looked at already.</summary>
    public async Task<ModelFolder?> CheckAsync(JobSpec spec, GrpoJob job, FaultList faults, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo";
        ModelFolder? policy = await FindAsync(job.Model, spec, faults, $"{path}.model", cancellationToken);
        if (policy is not null)
        {
            CheckPolicy(policy, job.Config, faults, path);
        }

        await CheckAdapterAsync(new(spec, job.Config.Adapter, path), policy, faults, cancellationToken);

        await CheckReferenceAsync(job, policy, spec, faults, cancellationToken);
        if (job.Config.Critic?.Model is { } critic && await FindAsync(critic, spec, faults, $"{path}.critic.model", cancellationToken) is { } start)
        {
            CheckCritic(start, policy, faults, $"{path}.critic.model");
        }

        foreach ((RewardConfig source, int place) in job.Rewards.Zip(RewardRules.Places(faults, $"{path}.rewards")))
        {
            (string? model, string kind) = source switch
            {
                RewardModelConfig reward => (reward.Model, "reward_model"),
                ProcessRewardModelConfig process => (process.Model, "process_reward_model"),
                _ => (null, ""),
            };
            if (model is not null)
            {
                string field = $"{path}.rewards[{place}].{kind}.model";
                ModelFolder? folder = await CheckRewardModelAsync(model, spec, faults, field, cancellationToken);
                MemoryRules.WarnOfRounding(folder, job.Config.Memory, faults, field);
            }

            if (source is ProcessRewardModelConfig { StepToken: { } token } && policy is not null && token >= policy.VocabularySize)
            {
                faults.Add($"{path}.rewards[{place}].{kind}.step_token", $"it is {token}, and the policy's token ids end at {policy.VocabularySize - 1}: it would never end a step.");
            }
        }

        return policy;
    }

    /// <summary>Whether a job's adapter fits its model, where it trains one.</summary>
    public async Task CheckAdapterAsync(AdapterPlace place, ModelFolder? policy, FaultList faults, CancellationToken cancellationToken)
    {
        (JobSpec spec, PolicyAdapterConfig? config, string path) = place;
        if (config is not { } adapter || faults.HasFaultAt($"{path}.adapter"))
        {
            return;
        }

        string? start = adapter.Directory is { } name && ResourceName.IsCheckpoint(name)
            ? await FindCheckpointAsync(name, spec, faults, $"{path}.adapter.directory", cancellationToken)
            : adapter.Directory;
        if (policy is { IsClassifier: false })
        {
            AdapterRules.CheckFit(policy, adapter, start, faults, path);
        }
    }

    private async Task CheckReferenceAsync(GrpoJob job, ModelFolder? policy, JobSpec spec, FaultList faults, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo.reference_model";
        ModelFolder? reference = job.ReferenceModel is { } name ? await FindAsync(name, spec, faults, path, cancellationToken) : policy;
        if (job.ReferenceModel is not null && reference is { IsClassifier: true })
        {
            faults.Add(path, $"{job.ReferenceModel} is a classifier; the reference must be a causal language model.");
        }
        else if (job.Config.NeedsReference)
        {
            MemoryRules.WarnOfRounding(reference, job.Config.Memory, faults, path);
        }
    }

    private static void CheckPolicy(ModelFolder policy, GrpoConfig config, FaultList faults, string path)
    {
        if (policy.IsClassifier)
        {
            faults.Add($"{path}.model", $"{policy.Directory} is a classifier (AutoModelForSequenceClassification); the policy must be a causal language model.");
            return;
        }

        int completion = config.Sampling.MaxCompletionLength, context = policy.ContextLength;
        if (completion >= context)
        {
            faults.Add(
                $"{path}.sampling.max_completion_length",
                $"it is {completion} tokens, and the model's context is {context}: no token is left for a prompt; it must be below {context}.");
        }
        else if (config.MaxPromptLength is { } prompt && prompt > context - completion)
        {
            faults.Add(
                $"{path}.sampling.max_prompt_length",
                $"{prompt} prompt tokens + {completion} completion tokens are {(long)prompt + completion}, and the model's context is {context}; "
                + $"it must be at most {context - completion}, or max_completion_length smaller.");
        }
    }

    /// <summary>The critic reads the policy's sequences, id by id.</summary>
    private static void CheckCritic(ModelFolder critic, ModelFolder? policy, FaultList faults, string field)
    {
        if (critic is { IsClassifier: true, LabelCount: not 1 })
        {
            faults.Add(field, $"{critic.Directory} has {critic.LabelCount} labels; a critic has exactly 1, or is a language model that gets a new head.");
        }
        else if (policy is not null && critic.VocabularySize < policy.VocabularySize)
        {
            faults.Add(field, $"it knows {critic.VocabularySize} token ids and the policy {policy.VocabularySize}; a critic reads the policy's ids, so it needs a model with the policy's tokenizer.");
        }
        else if (policy is not null && critic.ContextLength < policy.ContextLength)
        {
            faults.Warn(field, $"its context is {critic.ContextLength} tokens and the policy's {policy.ContextLength}; a prompt and its completion must fit the shorter one.");
        }
    }

    private async Task<ModelFolder?> CheckRewardModelAsync(string model, JobSpec spec, FaultList faults, string field, CancellationToken cancellationToken)
    {
        ModelFolder? folder = await FindAsync(model, spec, faults, field, cancellationToken);
        if (folder is { IsClassifier: false })
        {
            faults.Add(field, $"{model} has no scalar head; a reward model is an AutoModelForSequenceClassification directory with one label.");
        }
        else if (folder is { LabelCount: not 1 })
        {
            faults.Add(field, $"{model} has {folder.LabelCount} labels; a reward model has exactly 1.");
        }

        return folder;
    }

    /// <summary>Null where it is faulty, or where another job has yet to write it.</summary>
    public async Task<ModelFolder?> FindAsync(string place, JobSpec spec, FaultList faults, string field, CancellationToken cancellationToken)
    {
        if (place.Length == 0)
        {
            faults.Add(field, "it is empty; give a Hugging Face directory that the server can read, or jobs/{job}/checkpoints/{checkpoint}.");
            return null;
        }

        string? directory = ResourceName.IsCheckpoint(place) ? await FindCheckpointAsync(place, spec, faults, field, cancellationToken) : place;
        if (directory is null)
        {
            return null;
        }

        try
        {
            return ModelFolder.Read(directory);
        }
        catch (CheckpointException exception)
        {
            faults.Add(field, exception.Message);
            return null;
        }
    }

    private async Task<string?> FindCheckpointAsync(string name, JobSpec spec, FaultList faults, string field, CancellationToken cancellationToken)
    {
        if (ModelReference.Parse(name) is not { JobId: { } id, CheckpointName: { } alias })
        {
            faults.Add(field, $"\"{name}\" is not the name of a checkpoint; it must read jobs/{{job}}/checkpoints/{{best, last or step-000120}}.");
            return null;
        }

        Job? job = await catalog.FindAsync(id, cancellationToken);
        if (job is null)
        {
            faults.Add(field, $"{id.ResourceName} does not exist; list the jobs to see which do.");
            return null;
        }

        IReadOnlyList<JobCheckpoint> checkpoints = await journal.ListCheckpointsAsync(id, cancellationToken);
        JobCheckpoint? found = alias switch
        {
            "best" => CheckpointSelection.Best(checkpoints),
            "last" => CheckpointSelection.Last(checkpoints),
            _ => checkpoints.FirstOrDefault(checkpoint => checkpoint.Name == alias),
        };
        bool mayCome = !JobTransition.IsEnd(job.State);
        if (mayCome && spec.After.Contains(id))
        {
            return null;
        }

        if (found is null)
        {
            string known = checkpoints.Count == 0 ? "it has none" : $"it has best, last, {string.Join(", ", checkpoints.Select(checkpoint => checkpoint.Name))}";
            string way = mayCome ? $"; add {id.ResourceName} to `after` to wait for it" : "";
            faults.Add(field, $"{id.ResourceName} ({job.State.ToString().ToLowerInvariant()}) has no checkpoint {alias}: {known}{way}.");
            return null;
        }

        if (mayCome)
        {
            faults.Warn(field, $"{id.ResourceName} is still {job.State.ToString().ToLowerInvariant()}; the job takes whatever {alias} is when it starts. Add it to `after` to wait for its end.");
        }

        return found.Directory;
    }
}
