using AlignService.HuggingFace.Integrity;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Specs;
using AlignService.Specs.Data.Files;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Checks that the models of a job may be read, exist and fit it, from their JSON files; weights are not read.</summary>
internal sealed class ModelRules(CallerCatalog catalog, IJobJournal journal, FilePolicy files)
{
    /// <summary>Returns the folders of the job's models that already exist.</summary>
    public async Task<GrpoModelFolders> CheckAsync(JobSpec spec, GrpoJob job, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo";
        ModelFolder? policy = await FindAsync(job.Model, spec, violations, $"{path}.model", cancellationToken);
        if (policy is not null)
        {
            CheckPolicy(policy, LengthSettings.Of(job.Config), violations.At(path));
        }

        await CheckAdapterAsync(spec, job.Config.Adapter, policy, violations.At(path), cancellationToken);

        await CheckReferenceAsync(job, policy, spec, violations, cancellationToken);
        if (job.Config.Critic?.Model is { } critic && await FindAsync(critic, spec, violations, $"{path}.critic.model", cancellationToken) is { } start)
        {
            CheckCritic(start, policy, violations, $"{path}.critic.model");
        }

        return new GrpoModelFolders(policy, await CheckRewardsAsync(spec, (job.Rewards, job.Config.Memory.FrozenDtype), policy, violations.At(path), cancellationToken));
    }

    /// <summary>Returns the folders of an evaluation's models that already exist.</summary>
    public async Task<GrpoModelFolders> CheckAsync(JobSpec spec, EvaluationJob job, FieldViolations at, CancellationToken cancellationToken)
    {
        ModelFolder? model = await FindAsync(job.Model, spec, at.List, $"{at.Path}.model", cancellationToken);
        if (model is not null)
        {
            CheckPolicy(model, LengthSettings.Of(job.Config.Sampling), at);
            WarnOfRounding(model, job.Config.FrozenDtype, at.List, $"{at.Path}.model");
        }

        return new GrpoModelFolders(model is { IsClassifier: true } ? null : model, await CheckRewardsAsync(spec, (job.Rewards, job.Config.FrozenDtype), model, at, cancellationToken));
    }

    /// <summary>Returns the folders of the rewards' models that already exist.</summary>
    /// <param name="spec">The job.</param>
    /// <param name="rewards">Its rewards, and how their models are held.</param>
    /// <param name="policy">Whose completions they score; null where it is not known.</param>
    /// <param name="job">The kind's message.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    private async Task<IReadOnlyList<RewardFolder>> CheckRewardsAsync(
        JobSpec spec, (IReadOnlyList<RewardConfig> Configs, FrozenDtype Dtype) rewards, ModelFolder? policy, FieldViolations job, CancellationToken cancellationToken)
    {
        ViolationList violations = job.List;
        List<RewardFolder> rewardModels = [];
        foreach (RewardConfig reward in rewards.Configs.Where(reward => reward.ModelDirectory is not null))
        {
            string at = $"{job.Path}.rewards[{reward.Place}].{RewardKinds.NameOf(reward)}";
            ModelFolder? folder = await CheckRewardModelAsync(reward.ModelDirectory!, spec, violations, $"{at}.model", cancellationToken);
            WarnOfRounding(folder, rewards.Dtype, violations, $"{at}.model");
            if (folder is not null && !violations.HasAny($"{at}.model"))
            {
                rewardModels.Add(new RewardFolder($"{at}.model", folder));
            }

            if (reward is ProcessRewardModelConfig { SegmentToken: { } token } && policy is not null && token >= policy.VocabularySize)
            {
                violations.Add($"{at}.segment_token", $"it is {token}, but the policy's highest token id is {policy.VocabularySize - 1}: it would never end a segment.", ViolationCode.OutOfRange);
            }
        }

        return rewardModels;
    }

    /// <summary>Checks that a job's adapter fits its model, if it trains one.</summary>
    public async Task CheckAdapterAsync(JobSpec spec, PolicyAdapterConfig? config, ModelFolder? policy, FieldViolations job, CancellationToken cancellationToken)
    {
        if (config is not { } adapter || job.HasAny("adapter"))
        {
            return;
        }

        string field = $"{job.Path}.adapter.directory";
        string? start = adapter.Directory is { } name ? await LocateAsync(name, spec, job.List, field, cancellationToken) : null;
        if (start is not null && ModelAccess.FindFault(adapter.Directory!, start, files, withBase: false) is { } fault) // located by it
        {
            job.List.Add(field, fault.Message, CodeOf(fault));
            return;
        }

        if (policy is { IsClassifier: false })
        {
            AdapterRules.CheckFit(policy, adapter, start, job.List, job.Path);
        }
    }

    private async Task CheckReferenceAsync(GrpoJob job, ModelFolder? policy, JobSpec spec, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.grpo.reference_model";
        ModelFolder? reference = job.ReferenceModel is { } name ? await FindAsync(name, spec, violations, path, cancellationToken) : policy;
        if (job.ReferenceModel is not null && reference is { IsClassifier: true })
        {
            violations.Add(path, $"{job.ReferenceModel} is a classifier; the reference must be a causal language model.");
        }
        else if (job.Config.NeedsReference)
        {
            WarnOfRounding(reference, job.Config.Memory.FrozenDtype, violations, path);
        }

        if (job.ReferenceModel is not null && reference is { IsClassifier: false } && policy is { IsClassifier: false })
        {
            if (reference.VocabularySize < policy.VocabularySize)
            {
                violations.Add(path, $"it has {reference.VocabularySize} token ids, but the policy has {policy.VocabularySize}; a reference reads the policy's ids, so it needs the policy's tokenizer.");
            }
            else
            {
                CheckSharedTokens(policy, reference, "the policy", violations, path);
            }
        }
    }

    /// <summary>Checks that a model means the same by the token ids of another, by their token tables.</summary>
    /// <param name="from">Whose ids they are.</param>
    /// <param name="to">Who reads them.</param>
    /// <param name="owner">The first one's role.</param>
    /// <param name="violations">Receives what differs.</param>
    /// <param name="field">The second one's field.</param>
    public static void CheckSharedTokens(ModelFolder from, ModelFolder to, string owner, ViolationList violations, string field)
    {
        try
        {
            if (SharedTokens.FindFault(from.Directory, to.Directory, owner) is { } fault)
            {
                violations.Add(field, fault);
            }
            else if (SharedTokens.HasTable(from.Directory) && !SharedTokens.HasTable(to.Directory))
            {
                violations.Warn(field, $"{to.Directory} has no tokenizer.json, so its tokens cannot be compared with {owner}'s; it must have been trained with the same tokenizer.");
            }
        }
        catch (CheckpointException exception)
        {
            violations.Add(field, $"its tokens cannot be compared with {owner}'s: {exception.Message}");
        }
    }

    /// <summary>Warns where a frozen model's file has more precision than it will have in memory.</summary>
    /// <param name="model">The frozen model, if it already exists.</param>
    /// <param name="dtype">How it is held.</param>
    /// <param name="violations">Receives the warning.</param>
    /// <param name="field">The model's field.</param>
    public static void WarnOfRounding(ModelFolder? model, FrozenDtype dtype, ViolationList violations, string field)
    {
        if (dtype == FrozenDtype.BF16 && model is { StoredDtype: not "bfloat16" })
        {
            violations.Warn(field, $"the weights are stored as {model.StoredDtype}, and frozen_dtype bf16 rounds them: its outputs will differ slightly from those of its file.");
        }
    }

    private static void CheckPolicy(ModelFolder policy, LengthSettings lengths, FieldViolations job)
    {
        if (policy.IsClassifier)
        {
            job.Add("model", $"{policy.Directory} is a classifier (AutoModelForSequenceClassification); the policy must be a causal language model.");
            return;
        }

        FieldViolations sampling = job.At("sampling");
        int completion = lengths.MaxCompletionLength, context = policy.ContextLength;
        if (completion >= context)
        {
            sampling.Add(
                "max_completion_length",
                $"it is {completion} tokens, but the model's context is {context}, which leaves no room for a prompt; it must be below {context}.",
                ViolationCode.OutOfRange);
        }
        else if (lengths.MaxPromptLength is { } prompt && prompt > context - completion)
        {
            sampling.Add(
                "max_prompt_length",
                $"{prompt} prompt tokens + {completion} completion tokens are {(long)prompt + completion}, but the model's context is {context}; "
                + $"it must be at most {context - completion}, or lower max_completion_length.",
                ViolationCode.OutOfRange);
        }
    }

    /// <summary>The critic reads the policy's sequences, id by id.</summary>
    private static void CheckCritic(ModelFolder critic, ModelFolder? policy, ViolationList violations, string field)
    {
        if (critic is { IsClassifier: true, LabelCount: not 1 })
        {
            violations.Add(field, $"{critic.Directory} has {critic.LabelCount} labels; a critic must have exactly 1, or be a language model, which gets a new head.");
        }
        else if (policy is not null && critic.VocabularySize < policy.VocabularySize)
        {
            violations.Add(field, $"it has {critic.VocabularySize} token ids, but the policy has {policy.VocabularySize}; a critic reads the policy's ids, so it needs the policy's tokenizer.");
        }
        else if (policy is not null)
        {
            CheckSharedTokens(policy, critic, "the policy", violations, field);
        }

        if (policy is not null && !violations.HasAny(field) && critic.ContextLength < policy.ContextLength)
        {
            violations.Warn(field, $"its context is {critic.ContextLength} tokens, but the policy's is {policy.ContextLength}; a prompt and its completion must fit the shorter one.");
        }
    }

    private async Task<ModelFolder?> CheckRewardModelAsync(string model, JobSpec spec, ViolationList violations, string field, CancellationToken cancellationToken)
    {
        ModelFolder? folder = await FindAsync(model, spec, violations, field, cancellationToken);
        if (folder is { IsClassifier: false })
        {
            violations.Add(field, $"{model} has no scalar head; a reward model must be an AutoModelForSequenceClassification directory with one label.");
        }
        else if (folder is { LabelCount: not 1 })
        {
            violations.Add(field, $"{model} has {folder.LabelCount} labels; a reward model must have exactly 1.");
        }

        return folder;
    }

    /// <summary>Null where it is invalid, or where another job has not written it yet.</summary>
    public async Task<ModelFolder?> FindAsync(string place, JobSpec spec, ViolationList violations, string field, CancellationToken cancellationToken)
    {
        if (place.Length == 0)
        {
            violations.Add(field, "it is empty; give a Hugging Face directory that the server can read, models/{model}, or jobs/{job}/checkpoints/{checkpoint}.", ViolationCode.Missing);
            return null;
        }

        string? directory = await LocateAsync(place, spec, violations, field, cancellationToken);
        if (directory is null)
        {
            return null;
        }

        if (ModelAccess.FindFault(place, directory, files) is { } fault)
        {
            violations.Add(field, fault.Message, CodeOf(fault));
            return null;
        }

        try
        {
            return KnownModels.Read(directory);
        }
        catch (CheckpointException exception)
        {
            violations.Add(field, exception.Message);
            return null;
        }
    }

    private static ViolationCode CodeOf(PathFault fault) => fault.IsMissing ? ViolationCode.NotFound : ViolationCode.Invalid;

    /// <summary>Null where it is no checkpoint's name, with a violation, or where another job has not written it yet.</summary>
    private async Task<string?> LocateAsync(string place, JobSpec spec, ViolationList violations, string field, CancellationToken cancellationToken) =>
        ModelReference.IsCheckpoint(place) ? await FindCheckpointAsync(place, spec, violations, field, cancellationToken) : files.ModelDirectory(place);

    private async Task<string?> FindCheckpointAsync(string name, JobSpec spec, ViolationList violations, string field, CancellationToken cancellationToken)
    {
        if (ModelReference.Parse(name) is not { JobId: { } id, CheckpointName: { } alias })
        {
            violations.Add(field, $"\"{name}\" is not a checkpoint name; it must have the form jobs/{{job}}/checkpoints/{{best, last or step-000120}}.");
            return null;
        }

        Job? job = await catalog.FindAsync(id, cancellationToken);
        if (job is null)
        {
            violations.Add(field, $"{id.ResourceName} does not exist; list the jobs to see which do.", ViolationCode.NotFound);
            return null;
        }

        if (job.Spec.Kind is EvaluationJob)
        {
            violations.Add(field, $"{id.ResourceName} is an evaluation: its checkpoints hold answers, not a model; name the model that it evaluated, or another job's checkpoint.", ViolationCode.Conflict);
            return null;
        }

        bool mayCome = !JobTransition.IsEnd(job.State);
        if (mayCome && spec.After.Contains(id))
        {
            return null;
        }

        List<JobCheckpoint> checkpoints = [.. await journal.ListCheckpointsAsync(id, cancellationToken)];
        JobCheckpoint? found = FindUndamaged(checkpoints, alias, out string damage);

        if (found is null)
        {
            string known = checkpoints.Count == 0 ? "it has none" : $"it has best, last, {string.Join(", ", checkpoints.Select(checkpoint => checkpoint.Name))}";
            string way = mayCome ? $"; add {id.ResourceName} to `after` to wait for it" : "";
            violations.Add(field, $"{id.ResourceName} ({job.State.ToString().ToLowerInvariant()}) has no checkpoint {alias}: {damage}{known}{way}.", ViolationCode.NotFound);
            return null;
        }

        if (damage.Length > 0)
        {
            violations.Warn(field, $"{damage}{found.Name} would be used.");
        }

        if (mayCome)
        {
            violations.Warn(field, $"{id.ResourceName} is still {job.State.ToString().ToLowerInvariant()}; the job takes whatever {alias} is when it first starts. Add it to `after` to wait for its end.");
        }

        return found.Directory;
    }

    /// <summary>By names and sizes of the files: the worker compares their checksums when it reads them.</summary>
    private static JobCheckpoint? FindUndamaged(List<JobCheckpoint> checkpoints, string alias, out string damage)
    {
        damage = "";
        while (CheckpointSelection.Named(checkpoints, alias) is { } found)
        {
            if (CheckpointManifest.FindVisibleDamage(found.Directory, ManifestScope.Model) is not { } fault)
            {
                return found;
            }

            damage += $"{found.Name} is damaged ({fault}); ";
            checkpoints.Remove(found);
        }

        return null;
    }
}
