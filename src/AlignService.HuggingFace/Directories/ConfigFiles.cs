using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Families;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;
using AlignService.Text.Json;

namespace AlignService.HuggingFace.Directories;

/// <summary>config.json and generation_config.json of a model that is written: unchanged, except for what is asked for.</summary>
internal static class ConfigFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes config.json: the source's bytes, where nothing changes.</summary>
    internal static void WriteConfig(string sourceDirectory, string targetDirectory, Action<JsonObject>? change)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(sourceDirectory, ModelFiles.ConfigFile));
        ModelFiles.WriteThrough(Path.Combine(targetDirectory, ModelFiles.ConfigFile), change is null ? bytes : Changed((JsonObject)JsonNode.Parse(PythonJson.ToJson(bytes, ModelFiles.ConfigFile).Span)!, change));
    }

    /// <summary>Writes config.json and generation_config.json of a new model.</summary>
    internal static void WriteNew(TransformerConfig config, string targetDirectory, Action<JsonObject> change)
    {
        ModelFiles.WriteThrough(Path.Combine(targetDirectory, ModelFiles.ConfigFile), Changed(NewConfiguration.Of(config), change));
        var generation = new JsonObject { ["_from_model_config"] = true };
        foreach ((string key, JsonNode? value) in NewConfiguration.TokenIds(config))
        {
            generation[key] = value?.DeepClone();
        }

        ModelFiles.WriteThrough(Path.Combine(targetDirectory, ModelFiles.GenerationFile), Changed(generation, _ => { }));
    }

    /// <summary>Sets the dtype under the key that the file uses.</summary>
    internal static void SetDtype(JsonObject config, StoredDtype dtype)
    {
        string key = config.ContainsKey("torch_dtype") && !config.ContainsKey("dtype") ? "torch_dtype" : "dtype";
        config[key] = StoredDtypes.ConfigName(dtype);
    }

    /// <summary>Turns a configuration into that of a sequence classifier with one label.</summary>
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
}
