using System.Text.Json;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.Prompts;
using AlignService.Text.Json;

namespace AlignService.Server.Validation;

/// <summary>What validation knows about a Hugging Face directory, from its JSON files only.</summary>
internal sealed record ModelFolder
{
    private const string ClassifierSuffix = "ForSequenceClassification";

    /// <summary>Directory of configuration and tokenizer; for an adapter, that of its base.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether the named directory is a PEFT adapter over <see cref="Directory"/>.</summary>
    public bool IsAdapter { get; init; }

    /// <summary>Tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Whether its head outputs labels (a reward model) instead of next tokens.</summary>
    public required bool IsClassifier { get; init; }

    /// <summary>Outputs of a classifier's head.</summary>
    public required int LabelCount { get; init; }

    /// <summary>As named in config.json; float32 by default.</summary>
    public string StoredDtype { get; init; } = "float32";

    /// <exception cref="CheckpointException">The directory cannot be used as a model.</exception>
    public static ModelFolder Read(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            throw new CheckpointException($"the directory {directory} does not exist; give a Hugging Face directory that the server can read.");
        }

        AdaptedModel model = AdaptedModel.At(directory);
        directory = model.BaseDirectory;
        string file = Path.Combine(directory, "config.json");
        if (!File.Exists(file))
        {
            throw new CheckpointException($"{directory} has no config.json, so it is not a Hugging Face model.");
        }

        if (!System.IO.Directory.EnumerateFiles(directory, "*.safetensors").Any())
        {
            throw new CheckpointException($"{directory} holds no *.safetensors file; convert the weights to safetensors (pickled weights are not read, because they can run code).");
        }

        TransformerConfig shape = HuggingFaceDirectory.ReadConfig(directory);
        if (model.AdapterDirectory is { } adapter)
        {
            SharedTokens.Require(directory, adapter, "the base");
        }

        using JsonDocument config = PythonJson.Parse(File.ReadAllBytes(file), file, default);
        return new ModelFolder
        {
            Directory = directory,
            IsAdapter = model.AdapterDirectory is not null,
            ContextLength = shape.MaxPositions,
            VocabularySize = shape.VocabSize,
            IsClassifier = config.RootElement.TryGetProperty("architectures", out JsonElement names)
                && names.ValueKind == JsonValueKind.Array
                && names.EnumerateArray().Any(name => name.ValueKind == JsonValueKind.String && name.GetString()!.EndsWith(ClassifierSuffix, StringComparison.Ordinal)),
            // transformers writes id2label only where it is not the default pair of labels.
            LabelCount = config.RootElement.TryGetProperty("id2label", out JsonElement labels) && labels.ValueKind == JsonValueKind.Object
                ? labels.EnumerateObject().Count()
                : 2,
            StoredDtype = TextOf(config.RootElement, "dtype") ?? TextOf(config.RootElement, "torch_dtype") ?? "float32",
        };
    }

    private static string? TextOf(JsonElement config, string key) =>
        config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
