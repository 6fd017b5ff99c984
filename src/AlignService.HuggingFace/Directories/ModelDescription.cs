using System.Text.Json;
using System.Text.Unicode;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Families;

namespace AlignService.HuggingFace.Directories;

/// <summary>config.json and generation_config.json of a checkpoint, understood.</summary>
/// <param name="Family">Of the model.</param>
/// <param name="Config">The transformer's.</param>
/// <param name="LabelCount">Entries of `id2label`; where it is absent `num_labels`, or 0.</param>
internal sealed record ModelDescription(IModelFamily Family, TransformerConfig Config, int LabelCount)
{
    private const string ClassifierSuffix = "ForSequenceClassification";

    internal const string ConfigFile = "config.json";
    internal const string GenerationFile = "generation_config.json";
    private const long MostHeadElements = 1 << 28;
    private const long LargestJson = 10_000_000;

    /// <summary>`eos_token_id` of config.json, whether it decides or not.</summary>
    internal IReadOnlyList<int> ConfigEndTokenIds { get; private init; } = [];

    /// <summary>Whether `architectures` says that the head gives labels instead of next tokens.</summary>
    internal bool IsClassifier { get; private init; }

    internal static ModelDescription Read(string directory)
    {
        if (PeftDirectory.IsAdapter(directory))
        {
            throw new CheckpointException($"{directory} is a PEFT adapter ({PeftConfig.FileName}), where a whole model is asked for; merge it into its base model first (align model merge).");
        }

        using JsonDocument document = ParseJson(Path.Combine(directory, ConfigFile));
        var json = new ConfigObject(document.RootElement, ConfigFile);
        IModelFamily family = ModelFamilies.Find(json.Text("model_type"));
        CommonKeys.IgnoreInert(json);
        TransformerConfig config = family.Read(json) with
        {
            InitializerRange = json.Double("initializer_range", 0.02),
            BeginTokenId = json.Has("bos_token_id") ? json.Int("bos_token_id") : null,
            PadTokenId = json.Has("pad_token_id") ? json.Int("pad_token_id") : null,
            EndTokenIds = ReadEndTokens(directory, json),
        };
        json.RefuseUnread();
        CheckSizes(config);
        return new ModelDescription(family, config, json.Has("id2label") ? json.EntryCount("id2label") : json.Has("num_labels") ? json.Int("num_labels") : 0)
        {
            ConfigEndTokenIds = json.Ints("eos_token_id"),
            IsClassifier = json.Has("architectures") && json.Texts("architectures").Any(name => name.EndsWith(ClassifierSuffix, StringComparison.Ordinal)),
        };
    }

    internal static JsonDocument ParseJson(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            long length = new FileInfo(path).Length;
            byte[] bytes = length <= LargestJson ? File.ReadAllBytes(path) : throw new CheckpointException($"{name} has {length} bytes; at most {LargestJson} are read.");
            return Utf8.IsValid(bytes)
                ? JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 })
                : throw new CheckpointException($"{path} is not UTF-8 text; save it again in that encoding.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>generation_config.json decides where it exists, even if it names none.</summary>
    private static IReadOnlyList<int> ReadEndTokens(string directory, ConfigObject config)
    {
        string path = Path.Combine(directory, GenerationFile);
        if (!File.Exists(path))
        {
            return config.Ints("eos_token_id");
        }

        using JsonDocument document = ParseJson(path);
        return new ConfigObject(document.RootElement, GenerationFile).Ints("eos_token_id");
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
