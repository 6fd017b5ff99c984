using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;

namespace AlignService.HuggingFace.Adapters;

/// <summary>adapter_config.json, parsed.</summary>
/// <param name="Adapter">The low-rank adapter that it describes.</param>
/// <param name="BaseModel">`base_model_name_or_path`; null: it names none.</param>
public sealed record PeftConfig(AdapterConfig Adapter, string? BaseModel)
{
    internal const string FileName = "adapter_config.json";

    /// <summary>Keys that change no number once the tensors exist.</summary>
    private static readonly string[] Inert =
    [
        "peft_version", "inference_mode", "auto_mapping", "revision", "fan_in_fan_out", "megatron_core", "qalora_group_size", "loftq_config", "eva_config", "corda_config", "lora_ga_config",
    ];

    /// <summary>Keys of LoRA variants that compute something else; they must be off.</summary>
    private static readonly string[] Unsupported =
    [
        "use_dora", "use_qalora", "use_bdlora", "lora_bias", "ensure_weight_tying", "layers_to_transform", "layers_pattern", "layer_replication", "rank_pattern", "alpha_pattern", "exclude_modules",
        "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "arrow_config", "kasa_config", "velora_config", "monteclora_config", "megatron_config", "runtime_config",
    ];

    /// <summary>Initializations that leave the base's weights unchanged.</summary>
    private static readonly string[] PlainInitialisations = ["true", "false", "\"gaussian\"", "\"orthogonal\"", "\"eva\""];

    /// <exception cref="CheckpointException">The file is invalid, or asks for something that is not supported; nothing that changes a number is ignored.</exception>
    public static PeftConfig Read(string directory)
    {
        var json = ConfigObject.OfFile(Path.Combine(directory, FileName));
        json.Ignore(Inert);
        json.IgnoreNulls();
        json.Require("peft_type", value => value.ValueKind == JsonValueKind.String && value.GetString() == "LORA", "LORA");
        json.RequireIfPresent("task_type", value => value.ValueKind == JsonValueKind.String && value.GetString() == "CAUSAL_LM");
        json.RequireIfPresent("bias", value => value.ValueKind == JsonValueKind.String && value.GetString() == "none");
        json.RequireIfPresent("init_lora_weights", value => PlainInitialisations.Contains(value.GetRawText()));
        foreach (string key in Unsupported)
        {
            json.RequireIfPresent(key, IsOff);
        }

        AdapterConfig config = ReadAdapter(json);
        string? baseModel = json.Has("base_model_name_or_path") ? json.Text("base_model_name_or_path") : null;
        json.RefuseUnread();
        return new PeftConfig(config, baseModel);
    }

    /// <summary>JSON that PEFT reads.</summary>
    internal JsonObject Write(TransformerConfig model)
    {
        JsonArray Texts(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];
        return new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = BaseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = model.TransposedLinear,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = Number(Adapter.Alpha),
            ["lora_dropout"] = Adapter.Dropout,
            ["modules_to_save"] = Adapter.ModulesToSave.Count == 0 ? null : Texts(Adapter.ModulesToSave),
            ["peft_type"] = "LORA",
            ["r"] = Adapter.Rank,
            ["rank_pattern"] = new JsonObject(),
            ["revision"] = null,
            ["target_modules"] = Texts(AdapterTargets.Endings(model, Adapter)),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = Adapter.RankStabilized,
        };
    }

    /// <summary>PEFT writes whole numbers without a fraction.</summary>
    private static JsonNode Number(double value) => value == Math.Truncate(value) && Math.Abs(value) < int.MaxValue ? (int)value : value;

    private static AdapterConfig ReadAdapter(ConfigObject json)
    {
        var defaults = new AdapterConfig();
        double alpha = json.Double("lora_alpha", 8), dropout = json.Double("lora_dropout", 0);
        if (alpha <= 0 || dropout is < 0 or >= 1)
        {
            throw new CheckpointException($"{FileName}: lora_alpha is {alpha} and lora_dropout {dropout}; they must be above 0 and in [0, 1).");
        }

        return defaults with
        {
            Rank = json.Size("r", defaults.Rank),
            Alpha = alpha,
            Dropout = dropout,
            TargetModules = json.TextOrTexts("target_modules"),
            RankStabilized = json.Bool("use_rslora", false),
            ModulesToSave = json.Has("modules_to_save") ? json.Texts("modules_to_save") : [],
        };
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };
}
