using System.Text.Json;
using AlignService.Model;

namespace AlignService.Server.Validation;

/// <summary>What validation knows of a Hugging Face directory, from its JSON files alone.</summary>
internal sealed record ModelFolder
{
    public required string Directory { get; init; }

    /// <summary>Tokens; null where the configuration names none.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Whether its head gives labels (a reward model) instead of next tokens.</summary>
    public bool IsClassifier { get; init; }

    /// <summary>Outputs of a classifier's head.</summary>
    public int LabelCount { get; init; }

    /// <exception cref="CheckpointException">The directory cannot be used as a model.</exception>
    public static ModelFolder Read(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            throw new CheckpointException($"there is no directory {directory}; give a Hugging Face directory that the server can read.");
        }

        string file = Path.Combine(directory, "config.json");
        if (!File.Exists(file))
        {
            throw new CheckpointException($"{directory} has no config.json, so it is no Hugging Face model.");
        }

        if (!System.IO.Directory.EnumerateFiles(directory, "*.safetensors").Any())
        {
            throw new CheckpointException($"{directory} holds no *.safetensors file; convert the weights to safetensors (pickled weights are not read: they can run code).");
        }

        try
        {
            using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(file));
            return Read(directory, config.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CheckpointException($"{file} cannot be read: {exception.Message}", exception);
        }
    }

    private static ModelFolder Read(string directory, JsonElement config)
    {
        bool classifier = config.TryGetProperty("architectures", out JsonElement names)
            && names.ValueKind == JsonValueKind.Array
            && names.EnumerateArray().Any(name => name.GetString()!.EndsWith("ForSequenceClassification", StringComparison.Ordinal));
        return new ModelFolder
        {
            Directory = directory,
            ContextLength = config.TryGetProperty("max_position_embeddings", out JsonElement length) && length.ValueKind == JsonValueKind.Number ? length.GetInt32() : null,
            IsClassifier = classifier,
            // transformers writes id2label only where it is not the default pair of labels.
            LabelCount = config.TryGetProperty("id2label", out JsonElement labels) ? labels.EnumerateObject().Count()
                : config.TryGetProperty("num_labels", out JsonElement count) ? count.GetInt32() : 2,
        };
    }
}
