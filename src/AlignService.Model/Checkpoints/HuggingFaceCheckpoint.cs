using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Families;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Parameters;
using static TorchSharp.torch;

namespace AlignService.Model.Checkpoints;

/// <summary>Loads and saves models as Hugging Face directories: config.json, generation_config.json, safetensors.</summary>
public static class HuggingFaceCheckpoint
{
    /// <summary>
    /// Loads a causal language model. The files are mapped into memory and read once, so no second copy is held. A directory with a PEFT adapter gives its base with the adapter merged into the weights.
    /// </summary>
    /// <exception cref="CheckpointException">Something in the directory is not supported or inconsistent; nothing is ever ignored.</exception>
    public static Transformer LoadTransformer(string directory, LoadOptions options)
    {
        CheckOptions(options);
        AdaptedModel adapted = AdaptedModel.At(directory);
        Transformer model = LoadWhole(adapted.BaseDirectory, options);
        if (adapted.AdapterDirectory is null)
        {
            return model;
        }

        try
        {
            using LowRankAdapter adapter = PeftAdapter.Load(adapted.AdapterDirectory, model, trainable: false);
            AdapterMerge.Fold(model, adapter);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A new model with random weights, bit-identical for equal configuration and seed on every machine.</summary>
    public static Transformer CreateRandom(TransformerConfig config, ulong seed, LoadOptions options)
    {
        CheckOptions(options);
        IReadOnlyList<ParameterSpec> specs = ParameterLayout.Of(config);
        ParameterSet parameters = options.Allocate(specs);
        WeightInitializer.Fill(parameters, config, specs, seed);
        return new Transformer(config, parameters);
    }

    /// <summary>
    /// Writes a model as a directory that transformers loads: names and dtypes as in the source, config.json, generation_config.json and tokenizer files unchanged.
    /// Every file is flushed to disk when this returns; to write atomically, write to a temporary directory and rename it.
    /// </summary>
    /// <param name="model">Borrowed.</param>
    /// <param name="sourceDirectory">The checkpoint that the model was loaded from; null: a new model, whose config.json is written from its configuration (no tokenizer).</param>
    /// <param name="targetDirectory">Created if absent; holds no checkpoint yet.</param>
    /// <param name="dtype">Float32, BFloat16 or Float16 for all tensors, also set in config.json; null: as stored (a new model: float32).</param>
    public static void Save(Transformer model, string? sourceDirectory, string targetDirectory, StoredDtype? dtype)
    {
        Directory.CreateDirectory(targetDirectory);
        Action<JsonObject>? change = dtype is { } changed ? config => ConfigFiles.SetDtype(config, changed) : null;
        SaveFiles(model, sourceDirectory, targetDirectory, change);
        WeightSaver.Save(model.Parameters, sourceDirectory, targetDirectory, dtype);
    }

    /// <summary>Loads a sequence classifier with one label as a reward model.</summary>
    /// <exception cref="CheckpointException">As for <see cref="LoadTransformer"/>, or its number of labels (entries of `id2label`) is not 1.</exception>
    public static RewardModelHead LoadRewardModel(string directory, LoadOptions options)
    {
        CheckOptions(options);
        ModelDescription description = ModelDescription.Read(directory);
        if (description.LabelCount != 1)
        {
            throw new CheckpointException($"A reward model must have one label; id2label in config.json has {description.LabelCount} entries.");
        }

        using SafetensorsDirectory files = SafetensorsDirectory.Open(directory);
        TransformerConfig config = HuggingFaceDirectory.WithNamesOf(description.Config, files);
        return new RewardModelHead(config, WeightLoader.Load(files, ParameterLayout.OfRewardModel(config), options));
    }

    /// <summary>Writes a reward model as a directory that AutoModelForSequenceClassification loads; parameters as for <see cref="Save"/>, where the source may also be a causal language model.</summary>
    public static void SaveRewardModel(RewardModelHead model, string? sourceDirectory, string targetDirectory, StoredDtype? dtype)
    {
        Directory.CreateDirectory(targetDirectory);
        string prefix = ModelFamilies.Find(model.Body.Config.ModelType).ArchitecturePrefix;
        bool sourceIsRewardModel = sourceDirectory is not null && ModelDescription.Read(sourceDirectory) is { LabelCount: 1 };
        Action<JsonObject>? change = sourceIsRewardModel && dtype is null ? null : config =>
        {
            ConfigFiles.SetRewardModel(config, prefix, model.Body.Config.PadTokenId);
            if (dtype is { } changed)
            {
                ConfigFiles.SetDtype(config, changed);
            }
        };
        SaveFiles(model.Body, sourceDirectory, targetDirectory, change);
        WeightSaver.Save(model.Body.Parameters, sourceDirectory, targetDirectory, dtype);
    }

    private static Transformer LoadWhole(string directory, LoadOptions options)
    {
        ModelDescription description = ModelDescription.Read(directory);
        using SafetensorsDirectory files = SafetensorsDirectory.Open(directory);
        TransformerConfig config = HuggingFaceDirectory.WithNamesOf(description.Config, files);
        return new Transformer(config, WeightLoader.Load(files, ParameterLayout.Of(config), options));
    }

    private static void SaveFiles(Transformer model, string? sourceDirectory, string targetDirectory, Action<JsonObject>? change)
    {
        if (sourceDirectory is null)
        {
            ConfigFiles.WriteNew(model.Config, targetDirectory, change ?? (_ => { }));
            return;
        }

        ConfigFiles.WriteConfig(sourceDirectory, targetDirectory, change);
        ModelFiles.Copy(sourceDirectory, targetDirectory);
    }

    private static void CheckOptions(LoadOptions options)
    {
        if (options.Dtype is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Dtype, "A model must compute in float32, float64 or bfloat16.");
        }

        if (options.HeldDtype is { } held && held != options.Dtype && (held != ScalarType.BFloat16 || options.Trainable))
        {
            throw new ArgumentOutOfRangeException(nameof(options), held, "Only a frozen model can be held in another dtype than it computes in, and only in bfloat16.");
        }
    }
}
