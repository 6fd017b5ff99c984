using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Families;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Directories;

/// <summary>config.json and generation_config.json of a checkpoint, parsed.</summary>
/// <param name="Family">The model's.</param>
/// <param name="Config">The transformer's.</param>
/// <param name="LabelCount">Entries of `id2label`; where it is absent `num_labels`, or 0.</param>
internal sealed record ModelDescription(IModelFamily Family, TransformerConfig Config, int LabelCount)
{
    private const string ClassifierSuffix = "ForSequenceClassification";

    private const long MostHeadElements = 1 << 28;

    /// <summary>`eos_token_id` of config.json, whether it decides or not.</summary>
    internal IReadOnlyList<int> ConfigEndTokenIds { get; private init; } = [];

    /// <summary>Whether `architectures` says that the head gives labels instead of next tokens.</summary>
    internal bool IsClassifier { get; private init; }

    internal static ModelDescription Read(string directory)
    {
        if (PeftDirectory.IsAdapter(directory))
        {
            throw new CheckpointException($"{directory} is a PEFT adapter ({PeftConfig.FileName}), but a full model is required; merge it into its base model first (align model merge).");
        }

        var json = ConfigObject.OfFile(Path.Combine(directory, ModelFiles.ConfigFile));
        QuantizedWeights.Refuse(json);
        IModelFamily family = ModelFamilies.Find(json.Text("model_type"));
        CommonKeys.IgnoreInert(json);
        TransformerConfig config = family.Read(json) with
        {
            InitializerRange = json.Double("initializer_range", 0.02),
            BeginTokenId = json.Has("bos_token_id") ? json.Int("bos_token_id") : null,
            PadTokenId = json.Has("pad_token_id") ? json.Int("pad_token_id") : null,
            EndTokenIds = ReadEndTokens(directory, json),
        };
        json.IgnoreNulls();
        json.RefuseUnread();
        CheckSizes(config);
        return new ModelDescription(family, config, json.Has("id2label") ? json.EntryCount("id2label") : json.Has("num_labels") ? json.Int("num_labels") : 0)
        {
            ConfigEndTokenIds = json.Ints("eos_token_id"),
            IsClassifier = json.Has("architectures") && json.Texts("architectures").Any(name => name.EndsWith(ClassifierSuffix, StringComparison.Ordinal)),
        };
    }

    /// <summary>generation_config.json decides where it exists, even if it names no end token.</summary>
    private static IReadOnlyList<int> ReadEndTokens(string directory, ConfigObject config)
    {
        string path = Path.Combine(directory, ModelFiles.GenerationFile);
        return (File.Exists(path) ? ConfigObject.OfFile(path) : config).Ints("eos_token_id");
    }

    private static void CheckSizes(TransformerConfig config)
    {
        if (config.HeadCount % config.KeyValueHeadCount != 0)
        {
            throw new CheckpointException(
                $"config.json: num_attention_heads is {config.HeadCount}; it must be a multiple of num_key_value_heads, {config.KeyValueHeadCount}.");
        }

        if ((long)config.HeadCount * config.HeadDim > MostHeadElements)
        {
            throw new CheckpointException($"config.json: {config.HeadCount} heads of width {config.HeadDim} are {(long)config.HeadCount * config.HeadDim} elements; at most {MostHeadElements} are supported.");
        }

        if (config.NormEpsilon <= 0)
        {
            throw new CheckpointException($"config.json: the norms' epsilon is {config.NormEpsilon}; it must be above 0.");
        }
    }
}
