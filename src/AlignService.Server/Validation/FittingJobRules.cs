using AlignService.HuggingFace.Directories;
using AlignService.Specs;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;

namespace AlignService.Server.Validation;

/// <summary>Every check of a job on fixed examples: settings, model, rows, and their lengths against the model's context.</summary>
internal sealed class FittingJobRules(ModelRules models)
{
    public async Task CheckAsync(JobSpec spec, SupervisedJob job, FaultList faults, CancellationToken cancellationToken)
    {
        const string path = "spec.supervised";
        FittingRules.Check(job, job.Config, job.EvaluationExamples is null ? "evaluation_examples" : null, faults, path);
        MemoryRules.WarnWithoutFrozen(job.Config.Memory, faults, path);
        ModelFolder? model = await FindLanguageModelAsync(job.Model, spec, faults, $"{path}.model", cancellationToken);
        await models.CheckAdapterAsync(new(spec, job.Config.Adapter, path), model, faults, cancellationToken);
        EncodedData<Example>? encoded = Load<Example>(model, job.Config, faults, path, (folder, tokenizer) =>
        {
            ExampleEncoder encoder = new(tokenizer, HuggingFaceDirectory.ReadConfig(folder.Directory));
            return example => encoder.Encode(example).Length;
        });
        int? count = CheckRows(Source(job.Examples), encoded, faults, $"{path}.examples", cancellationToken);
        if (job.EvaluationExamples is { } heldOut)
        {
            CheckRows(Source(heldOut), encoded, faults, $"{path}.evaluation_examples", cancellationToken);
        }

        CheckWarmup(job.Config, count, faults, path);
    }

    public async Task CheckAsync(JobSpec spec, PreferenceJob job, FaultList faults, CancellationToken cancellationToken)
    {
        const string path = "spec.preference";
        FittingRules.Check(job, job.Config, job.EvaluationPreferences is null ? "evaluation_preferences" : null, faults, path);
        FittingRules.Check(job.Preference, faults, path);
        ModelFolder? model = await FindLanguageModelAsync(job.Model, spec, faults, $"{path}.model", cancellationToken);
        await models.CheckAdapterAsync(new(spec, job.Config.Adapter, path), model, faults, cancellationToken);
        if (job.ReferenceModel is { } name)
        {
            ModelFolder? reference = await FindLanguageModelAsync(name, spec, faults, $"{path}.reference_model", cancellationToken);
            MemoryRules.WarnOfRounding(reference, job.Config.Memory, faults, $"{path}.reference_model");
        }
        else
        {
            MemoryRules.WarnWithoutFrozen(job.Config.Memory, faults, path);
        }

        if (job.Preferences.Inline.Any(pair => pair.Margin != 0))
        {
            faults.Warn($"{path}.preferences.inline", "margins have no effect: only reward-model training reads them.");
        }

        EncodedData<Preference>? encoded = Load(model, job.Config, faults, path, (folder, tokenizer) =>
            LengthOf(PairEncoder.ForPolicy(new ExampleEncoder(tokenizer, HuggingFaceDirectory.ReadConfig(folder.Directory)))));
        CheckPreferences((job.Preferences, job.EvaluationPreferences), encoded, job.Config, (faults, path), cancellationToken);
    }

    public async Task CheckAsync(JobSpec spec, RewardModelJob job, FaultList faults, CancellationToken cancellationToken)
    {
        const string path = "spec.reward_model";
        FittingRules.Check(job, job.Config, job.EvaluationPreferences is null ? "evaluation_preferences" : null, faults, path);
        MemoryRules.WarnWithoutFrozen(job.Config.Memory, faults, path);
        ModelFolder? model = await models.FindAsync(job.Model, spec, faults, $"{path}.model", cancellationToken);
        if (model is { IsClassifier: true, LabelCount: not 1 })
        {
            faults.Add($"{path}.model", $"{job.Model} has {model.LabelCount} labels; a reward model goes on from exactly 1, or from a causal language model.");
            return;
        }

        EncodedData<Preference>? encoded = Load(model, job.Config, faults, path, (_, tokenizer) => LengthOf(PairEncoder.ForRewardModel(tokenizer)));
        CheckPreferences((job.Preferences, job.EvaluationPreferences), encoded, job.Config, (faults, path), cancellationToken);
    }

    private async Task<ModelFolder?> FindLanguageModelAsync(string place, JobSpec spec, FaultList faults, string field, CancellationToken cancellationToken)
    {
        ModelFolder? folder = await models.FindAsync(place, spec, faults, field, cancellationToken);
        if (folder is not { IsClassifier: true })
        {
            return folder;
        }

        faults.Add(field, $"{place} is a classifier (AutoModelForSequenceClassification); it must be a causal language model.");
        return null;
    }

    /// <summary>Null where the model is faulty or has yet to come, so that nothing can be encoded.</summary>
    private static EncodedData<T>? Load<T>(ModelFolder? model, FittingConfig config, FaultList faults, string path, Func<ModelFolder, Tokenizer, Func<T, int>> encoder)
    {
        if (model is null)
        {
            return null;
        }

        if (config.MaxLength > model.ContextLength)
        {
            faults.Add($"{path}.training.max_length", $"it is {config.MaxLength} tokens, and the model's context is {model.ContextLength}; it must be at most that.");
        }

        if (faults.HasFaultAt($"{path}.training.max_length"))
        {
            return null;
        }

        try
        {
            return new EncodedData<T>(encoder(model, Tokenizer.Load(model.Directory)), LengthLimit.Of(config, model.ContextLength));
        }
        catch (CheckpointException exception)
        {
            faults.Add($"{path}.model", exception.Message);
            return null;
        }
    }

    private static void CheckPreferences(
        (PreferenceSourceConfig Training, PreferenceSourceConfig? HeldOut) sources, EncodedData<Preference>? encoded, FittingConfig config, (FaultList List, string Path) faults, CancellationToken cancellationToken)
    {
        int? count = CheckRows(Source(sources.Training), encoded, faults.List, $"{faults.Path}.preferences", cancellationToken);
        if (sources.HeldOut is { } heldOut)
        {
            CheckRows(Source(heldOut), encoded, faults.List, $"{faults.Path}.evaluation_preferences", cancellationToken);
        }

        CheckWarmup(config, count, faults.List, faults.Path);
    }

    private static int? CheckRows<T>(CheckedSource<T> source, EncodedData<T>? encoded, FaultList faults, string path, CancellationToken cancellationToken) =>
        DataRules.Check(source, faults, path) is not { } rows ? null : encoded is null ? rows.Count : encoded.Check(rows, faults, path, cancellationToken);

    private static void CheckWarmup(FittingConfig config, int? exampleCount, FaultList faults, string path)
    {
        if (exampleCount is { } count && config is { BatchSize: > 0, EpochCount: > 0 })
        {
            long updates = config.StepCount ?? (long)config.EpochCount * (((long)count + config.BatchSize - 1) / config.BatchSize);
            if (updates > int.MaxValue)
            {
                faults.Add($"{path}.training.epochs", $"{config.EpochCount} epochs of {count} rows are {updates} optimiser steps; at most {int.MaxValue} can be counted. Set fewer epochs.");
            }

            SettingsRules.CheckWarmup(config.Optimizer, updates, faults, $"{path}.optimizer");
        }
    }

    private static Func<Preference, int> LengthOf(Func<Preference, PreferencePair> encode) => preference => encode(preference).Length;

    private static CheckedSource<Example> Source(ExampleSourceConfig source) => new()
    {
        Noun = "examples",
        File = source.File,
        Inline = source.Inline,
        Limit = source.Limit,
        OptionalFields = PromptRules.TemplateFields<Example>(source, new ExampleSourceConfig(), example => example.Prompt),
        Load = () => ExampleFile.Load(source),
        FindFault = example => example.FindFault(),
    };

    private static CheckedSource<Preference> Source(PreferenceSourceConfig source) => new()
    {
        Noun = "preferences",
        File = source.File,
        Inline = source.Inline,
        Limit = source.Limit,
        OptionalFields = PromptRules.TemplateFields<Preference>(source, new PreferenceSourceConfig(), preference => preference.Prompt),
        Load = () => PreferenceFile.Load(source),
        FindFault = preference => preference.FindFault(),
    };
}
