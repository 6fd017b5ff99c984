using AlignService.HuggingFace.Directories;
using AlignService.Specs;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;

namespace AlignService.Server.Validation;

/// <summary>Every check of a job on fixed examples: settings, model, rows, and their lengths compared with the model's context.</summary>
internal sealed class ExampleJobRules(ModelRules models, FilePolicy policy)
{
    public Task CheckAsync(JobSpec spec, ViolationList violations, CancellationToken cancellationToken) => spec.Kind switch
    {
        SupervisedJob supervised => CheckAsync(spec, supervised, violations, cancellationToken),
        PreferenceJob preference => CheckAsync(spec, preference, violations, cancellationToken),
        RewardModelJob rewardModel => CheckAsync(spec, rewardModel, violations, cancellationToken),
        JobKind other => throw new InvalidOperationException($"{other.GetType().Name} is not a job on examples"),
    };

    public static CheckedSource<Example> Source(ExampleSourceConfig source, FilePolicy policy, CancellationToken cancellationToken) => new()
    {
        Noun = "examples",
        File = source.File,
        Inline = source.Inline,
        Limit = source.Limit,
        OptionalFields = PromptRules.TemplateFields<Example>(source, new ExampleSourceConfig(), example => example.Prompt),
        HeldOut = source,
        Split = rows => ExampleFile.Split(rows, source),
        TextsOf = example => [example.Prompt.Text, example.Completion],
        WayToMessages = "name the field in messages_field to read whole conversations, or write the messages as a list.",
        Load = () => ExampleFile.Load(source, policy, cancellationToken),
        FindFault = example => example.FindFault(),
    };

    public static CheckedSource<Preference> Source(PreferenceSourceConfig source, FilePolicy policy, CancellationToken cancellationToken) => new()
    {
        Noun = "preferences",
        File = source.File,
        Inline = source.Inline,
        Limit = source.Limit,
        OptionalFields = PromptRules.TemplateFields<Preference>(source, new PreferenceSourceConfig(), preference => preference.Prompt),
        HeldOut = source,
        Split = rows => PreferenceFile.Split(rows, source),
        TextsOf = preference => [preference.Prompt.Text, preference.Chosen, preference.Rejected],
        WayToMessages = "write the messages as a list.",
        Load = () => PreferenceFile.Load(source, policy, cancellationToken),
        FindFault = preference => preference.FindFault(),
    };

    private async Task CheckAsync(JobSpec spec, SupervisedJob job, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.supervised";
        ModelFolder? model = await FindLanguageModelAsync(job.Model, spec, violations, $"{path}.model", cancellationToken);
        await models.CheckAdapterAsync(spec, job.Config.Adapter, model, violations.At(path), cancellationToken);
        EncodedData<Example>? encoded = Load<Example>(model, job.Config, violations, path, (folder, tokenizer) =>
        {
            ExampleEncoder encoder = new(tokenizer, HuggingFaceDirectory.ReadConfig(folder.Directory), cancellationToken);
            return example => encoder.Encode(example).Length;
        });
        int? count = CheckRows(Source(job.Examples, policy, cancellationToken), encoded, violations, $"{path}.examples", cancellationToken);
        if (job.EvaluationExamples is { } heldOut)
        {
            CheckRows(Source(heldOut, policy, cancellationToken), encoded, violations, $"{path}.evaluation_examples", cancellationToken);
        }

        CheckWarmup(job.Config, count, violations, path);
    }

    private async Task CheckAsync(JobSpec spec, PreferenceJob job, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.preference";
        ModelFolder? model = await FindLanguageModelAsync(job.Model, spec, violations, $"{path}.model", cancellationToken);
        await models.CheckAdapterAsync(spec, job.Config.Adapter, model, violations.At(path), cancellationToken);
        if (job.ReferenceModel is { } name)
        {
            ModelFolder? reference = await FindLanguageModelAsync(name, spec, violations, $"{path}.reference_model", cancellationToken);
            ModelRules.WarnOfRounding(reference, job.Config.Memory.FrozenDtype, violations, $"{path}.reference_model");
            if (model is not null && reference is not null)
            {
                ModelRules.CheckSharedTokens(model, reference, "the policy", violations, $"{path}.reference_model");
            }
        }

        EncodedData<Preference>? encoded = Load(model, job.Config, violations, path, (folder, tokenizer) =>
            LengthOf(PairEncoder.ForPolicy(new ExampleEncoder(tokenizer, HuggingFaceDirectory.ReadConfig(folder.Directory), cancellationToken))));
        CheckPreferences((job.Preferences, job.EvaluationPreferences), encoded, job.Config, (violations, path), cancellationToken);
    }

    private async Task CheckAsync(JobSpec spec, RewardModelJob job, ViolationList violations, CancellationToken cancellationToken)
    {
        const string path = "spec.reward_model";
        ModelFolder? model = await models.FindAsync(job.Model, spec, violations, $"{path}.model", cancellationToken);
        if (model is { IsClassifier: true, LabelCount: not 1 })
        {
            violations.Add($"{path}.model", $"{job.Model} has {model.LabelCount} labels; training continues from a reward model with exactly 1 label, or from a causal language model.");
            return;
        }

        EncodedData<Preference>? encoded = Load(model, job.Config, violations, path, (folder, tokenizer) => LengthOf(PairEncoder.ForRewardModel(new EmbeddingRows(tokenizer, folder.VocabularySize), cancellationToken)));
        CheckPreferences((job.Preferences, job.EvaluationPreferences), encoded, job.Config, (violations, path), cancellationToken);
    }

    private async Task<ModelFolder?> FindLanguageModelAsync(string place, JobSpec spec, ViolationList violations, string field, CancellationToken cancellationToken)
    {
        ModelFolder? folder = await models.FindAsync(place, spec, violations, field, cancellationToken);
        if (folder is not { IsClassifier: true })
        {
            return folder;
        }

        violations.Add(field, $"{place} is a classifier (AutoModelForSequenceClassification); it must be a causal language model.");
        return null;
    }

    /// <summary>Null where the model is invalid or does not exist yet, so nothing can be encoded.</summary>
    private static EncodedData<T>? Load<T>(ModelFolder? model, ExampleTrainingConfig config, ViolationList violations, string path, Func<ModelFolder, Tokenizer, Func<T, int>> encoder)
    {
        if (model is null)
        {
            return null;
        }

        if (config.MaxLength > model.ContextLength)
        {
            violations.Add($"{path}.training.max_length", $"it is {config.MaxLength} tokens, but the model's context is {model.ContextLength}; it must be at most that.", ViolationCode.OutOfRange);
        }

        if (violations.HasAny($"{path}.training.max_length"))
        {
            return null;
        }

        try
        {
            Tokenizer tokenizer = KnownTokenizers.Load(model.Directory);
            TokenRoleRules.Warn(tokenizer, violations, $"{path}.model");
            return new EncodedData<T>(encoder(model, tokenizer), LengthLimit.Of(config, model.ContextLength));
        }
        catch (CheckpointException exception)
        {
            violations.Add($"{path}.model", exception.Message);
            return null;
        }
    }

    private void CheckPreferences(
        (PreferenceSourceConfig Training, PreferenceSourceConfig? HeldOut) sources, EncodedData<Preference>? encoded, ExampleTrainingConfig config, (ViolationList List, string Path) at, CancellationToken cancellationToken)
    {
        int? count = CheckRows(Source(sources.Training, policy, cancellationToken), encoded, at.List, $"{at.Path}.preferences", cancellationToken);
        if (sources.HeldOut is { } heldOut)
        {
            CheckRows(Source(heldOut, policy, cancellationToken), encoded, at.List, $"{at.Path}.evaluation_preferences", cancellationToken);
        }

        CheckWarmup(config, count, at.List, at.Path);
    }

    /// <summary>Returns how many rows are trained on.</summary>
    private static int? CheckRows<T>(CheckedSource<T> source, EncodedData<T>? encoded, ViolationList violations, string path, CancellationToken cancellationToken)
    {
        if (DataRules.Check(source, violations, path) is not { } rows || HeldOutRules.Split(() => source.Split(rows), source.HeldOut, violations.At(path)) is not { } parts)
        {
            return null;
        }

        if (parts.HeldOut.Count > 0)
        {
            encoded?.Check(parts.HeldOut, violations, path, cancellationToken);
        }

        return encoded is null ? parts.Training.Count : encoded.Check(parts.Training, violations, path, cancellationToken);
    }

    private static void CheckWarmup(ExampleTrainingConfig config, int? exampleCount, ViolationList violations, string path)
    {
        if (exampleCount is { } count && config is { BatchSize: > 0, EpochCount: > 0 })
        {
            long updates = config.StepCount ?? (long)config.EpochCount * (((long)count + config.BatchSize - 1) / config.BatchSize);
            if (updates > int.MaxValue)
            {
                violations.Add($"{path}.training.epochs", $"{config.EpochCount} epochs of {count} rows are {updates} optimizer steps; at most {int.MaxValue} are allowed. Set fewer epochs.", ViolationCode.OutOfRange);
            }

            SharedRules.WarnOfWarmup(config.Optimizer, updates, violations.At(path));
        }
    }

    private static Func<Preference, int> LengthOf(Func<Preference, PreferencePair> encode) => preference => encode(preference).Length;
}
