using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlignService.Jobs.Events;

namespace AlignService.Jobs;

/// <summary>How specs, events and failures are stored: snake_case names, enums as words, kinds by their discriminator. These names are durable.</summary>
public static class JobJson
{
    /// <summary>Shared and read-only.</summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    private static readonly FrozenDictionary<Type, string> EventKinds = typeof(JobEventBody)
        .GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(kind => kind.DerivedType, kind => (string)kind.TypeDiscriminator!);

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Deserialize<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"a stored {typeof(T).Name} is null");

    /// <summary>The kind that, with job, step and key, makes an event unique.</summary>
    public static string KindOf(JobEventBody body) => EventKinds[body.GetType()];

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            // Metrics may be NaN ("no score") or infinite.
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            // A database may hand the kind's name back behind other fields.
            AllowOutOfOrderMetadataProperties = true,
            Converters = { new JobIdJsonConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
