using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Families;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Directories;

/// <summary>The files beside the weights: as they came, except for what has changed.</summary>
internal static class ConfigFiles
{
    /// <summary>Files that go with a model, where they exist.</summary>
    private static readonly string[] Companions =
    [
        ModelDescription.GenerationFile, "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "chat_template.jinja", "chat_template.json", "LICENSE",
    ];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void Copy(string sourceDirectory, string targetDirectory)
    {
        foreach (string name in Companions.Where(name => File.Exists(Path.Combine(sourceDirectory, name))))
        {
            WriteThrough(Path.Combine(targetDirectory, name), File.ReadAllBytes(Path.Combine(sourceDirectory, name)));
        }
    }

    /// <summary>Writes config.json: the source's bytes, where no change is asked for.</summary>
    internal static void WriteConfig(string sourceDirectory, string targetDirectory, Action<JsonObject>? change)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(sourceDirectory, ModelDescription.ConfigFile));
        WriteThrough(Path.Combine(targetDirectory, ModelDescription.ConfigFile), change is null ? bytes : Changed((JsonObject)JsonNode.Parse(bytes)!, change));
    }

    /// <summary>Writes config.json and generation_config.json of a new model.</summary>
    internal static void WriteNew(TransformerConfig config, string targetDirectory, Action<JsonObject> change)
    {
        WriteThrough(Path.Combine(targetDirectory, ModelDescription.ConfigFile), Changed(NewConfiguration.Of(config), change));
        var generation = new JsonObject { ["_from_model_config"] = true };
        foreach ((string key, JsonNode? value) in TokenIds(config))
        {
            generation[key] = value?.DeepClone();
        }

        WriteThrough(Path.Combine(targetDirectory, ModelDescription.GenerationFile), Changed(generation, _ => { }));
    }

    /// <summary>The special tokens, as both files name them.</summary>
    internal static JsonObject TokenIds(TransformerConfig config)
    {
        JsonNode? end = config.EndTokenIds.Count switch
        {
            0 => null,
            1 => config.EndTokenIds[0],
            _ => new JsonArray([.. config.EndTokenIds.Select(id => (JsonNode)id)]),
        };
        return new JsonObject { ["bos_token_id"] = config.BeginTokenId, ["eos_token_id"] = end, ["pad_token_id"] = config.PadTokenId };
    }

    /// <summary>Sets the dtype under the key that the file uses.</summary>
    internal static void SetDtype(JsonObject config, StoredDtype dtype)
    {
        string key = config.ContainsKey("torch_dtype") && !config.ContainsKey("dtype") ? "torch_dtype" : "dtype";
        config[key] = StoredDtypes.ConfigName(dtype);
    }

    /// <summary>Makes a configuration that of a sequence classifier with one label.</summary>
    internal static void SetRewardModel(JsonObject config, string architecturePrefix, int? padTokenId)
    {
        config["architectures"] = new JsonArray($"{architecturePrefix}ForSequenceClassification");
        if (config["id2label"] is not JsonObject { Count: 1 })
        {
            config["id2label"] = new JsonObject { ["0"] = "LABEL_0" };
            config["label2id"] = new JsonObject { ["LABEL_0"] = 0 };
        }

        if (padTokenId is { } pad)
        {
            config["pad_token_id"] = pad;
        }
    }

    private static byte[] Changed(JsonObject config, Action<JsonObject> change)
    {
        change(config);
        return Encoding.UTF8.GetBytes(config.ToJsonString(Indented) + "\n");
    }

    /// <summary>Writes a new file; it is on the disk when this returns.</summary>
    internal static void WriteThrough(string path, byte[] bytes)
    {
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }
}
