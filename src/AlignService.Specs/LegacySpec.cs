using System.Text.Json.Nodes;
using AlignService.Specs.Binding;
using Google.Protobuf.Reflection;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs;

/// <summary>
/// Specs as version 0.1 stored them: with the names of its records (<c>{"kind":{"$type":"grpo","config":{"step_count":7}}}</c>) instead of the wire's. The names below are frozen:
/// they are those in existing databases, whatever the records are called today.
/// </summary>
internal static class LegacySpec
{
    /// <summary>Where a record's name was not the wire's, or was in another message: from the path in the kind's JSON to the wire's field, relative to the kind's message.</summary>
    private static readonly Dictionary<string, string> Moved = new(StringComparer.Ordinal)
    {
        ["profile"] = "algorithm.profile",
        ["config.step_count"] = "steps",
        ["config.epoch_count"] = "epochs",
        ["config.minibatch_count"] = "minibatches",
        ["config.max_prompt_length"] = "sampling.max_prompt_length",
        ["config.overlong_prompts"] = "sampling.overlong_prompts",
        ["config.allow_truncated_sampling"] = "sampling.allow_truncated_sampling",
        ["reward.step_delimiter"] = "segment_delimiter",
        ["reward.step_per_token"] = "segment_per_token",
        ["reward.step_token"] = "segment_token",
        ["reward.step_tag"] = "segment_tag",
    };

    /// <summary>Separate messages of the job's kind, which the records had below <c>config</c>.</summary>
    private static readonly string[] Groups = ["sampling", "optimizer", "adapter", "critic", "guardian", "memory"];

    public static bool IsLegacy(JsonObject stored) => stored["kind"] is JsonObject;

    /// <summary>The same spec as the wire's JSON.</summary>
    public static JsonObject Convert(JsonObject stored)
    {
        var wire = new JsonObject();
        var kind = (JsonObject)stored["kind"]!;
        Copy(stored, Wire.JobSpec.Descriptor, wire, "spec");
        if (stored["after"] is JsonArray after)
        {
            wire["after"] = new JsonArray([.. after.Select(id => (JsonNode)$"jobs/{(string)id!}")]);
        }

        if (stored["limits"]?["max_duration"] is JsonValue duration)
        {
            wire["limits"]!["max_duration"] = $"{TimeSpan.Parse((string)duration!, System.Globalization.CultureInfo.InvariantCulture).TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)}s";
        }

        FieldDescriptor field = Wire.JobSpec.Descriptor.FindFieldByName((string)kind["$type"]!);
        wire[field.Name] = Kind(kind, field.MessageType);
        return wire;
    }

    private static JsonObject Kind(JsonObject kind, MessageDescriptor type)
    {
        var wire = new JsonObject();
        Copy(kind, type, wire, "");
        string own = type.FindFieldByName("algorithm") is null ? "training" : "algorithm";
        JsonObject settings = Child(wire, own);
        if (kind["config"] is JsonObject config)
        {
            MessageDescriptor ownType = type.FindFieldByName(own).MessageType;
            Copy(config, ownType, settings, "config");
            if (config["loss"] is JsonObject loss)
            {
                Copy(loss, ownType, settings, "loss");
            }

            foreach (string group in Groups.Where(group => config[group] is JsonObject && type.FindFieldByName(group) is not null))
            {
                var from = (JsonObject)config[group]!;
                JsonObject to = Child(wire, group);
                Copy(from, type.FindFieldByName(group).MessageType, to, group);
                if (from["form"] is JsonObject form)
                {
                    Copy(form, type.FindFieldByName(group).MessageType, to, group);
                }
            }

            foreach ((string from, string to) in Moved.Where(move => move.Key.StartsWith("config.", StringComparison.Ordinal) && move.Value.StartsWith("sampling.", StringComparison.Ordinal)))
            {
                if (config[from["config.".Length..]] is { } value && type.FindFieldByName("sampling") is { } sampling)
                {
                    string name = to["sampling.".Length..];
                    Child(wire, "sampling")[name] = Value(value, sampling.MessageType.FindFieldByName(name), "");
                }
            }
        }

        if (kind["profile"] is { } profile)
        {
            settings["profile"] = profile.DeepClone();
        }

        if (kind["preference"] is JsonObject preference)
        {
            Copy(preference, type, wire, "");
        }

        return wire;
    }

    /// <summary>Fields of the same name, or of the name that <see cref="Moved"/> has for them; what the wire does not know is dropped.</summary>
    private static void Copy(JsonObject from, MessageDescriptor type, JsonObject to, string place)
    {
        foreach ((string key, JsonNode? value) in from)
        {
            string name = Moved.TryGetValue($"{place}.{key}", out string? moved) ? moved : key;
            if (type.FindFieldByName(name) is not { } field || (place == "spec" && key is "after") || (place == "limits" && key == "max_duration"))
            {
                continue;
            }

            if (value is null)
            {
                // null was "off", which is 0 on the wire where it may be off.
                if (SettingCatalog.Find(field).Any(setting => setting.Declaration.ZeroIsOff))
                {
                    to[name] = 0;
                }

                continue;
            }

            to[name] = Value(value, field, name);
        }
    }

    private static JsonNode Value(JsonNode value, FieldDescriptor field, string place)
    {
        if (field.IsMap)
        {
            return value.DeepClone();
        }

        return value switch
        {
            JsonArray items => new JsonArray([.. items.Select(item => Value(item!, field, place))]),
            JsonObject row when field.MessageType == Wire.RewardSource.Descriptor => Reward(row),
            JsonObject row => Row(row, field.MessageType, place),
            JsonValue text when field.FieldType == FieldType.Enum => EnumName(field.EnumType, (string)text!),
            _ => value.DeepClone(),
        };
    }

    /// <summary>The prompt of an example or a preference was a separate record.</summary>
    private static JsonObject Row(JsonObject row, MessageDescriptor type, string place)
    {
        var wire = new JsonObject();
        Copy(row, type, wire, place);
        if (row["prompt"] is JsonObject prompt)
        {
            Copy(prompt, type, wire, place);
        }

        return wire;
    }

    private static JsonObject Reward(JsonObject row)
    {
        string kind = (string)row["$type"]!;
        var wire = new JsonObject { ["name"] = row["name"]?.DeepClone(), ["weight"] = row["weight"]?.DeepClone() ?? 1 };
        var inner = new JsonObject();
        Copy(row, Wire.RewardSource.Descriptor.FindFieldByName(kind).MessageType, inner, "reward");
        wire[kind] = inner;
        return wire;
    }

    private static string EnumName(EnumDescriptor type, string stored) =>
        EnumNames.TryParse(type, type.Name == "AdvantageKind" && stored == "none" ? "mean_centered" : stored, out string name)
            ? name
            : type.Values.First(value => Plain(EnumNames.Short(type, value.Name)) == Plain(stored)).Name;

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);

    private static JsonObject Child(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            parent[name] = child = [];
        }

        return child;
    }
}
