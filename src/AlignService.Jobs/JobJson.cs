using System.Text.Json;
using System.Text.Json.Serialization;
using AlignService.Specs.Resources;

namespace AlignService.Jobs;

/// <summary>How specs and failures are stored: snake_case names, enums as strings, kinds by their discriminator. These names are durable.</summary>
public static class JobJson
{
    /// <summary>Shared and read-only.</summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Deserialize<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"a stored {typeof(T).Name} is null");

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

/// <summary>A job's id as a plain string.</summary>
internal sealed class JobIdJsonConverter : JsonConverter<JobId>
{
    public override JobId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("a job id is null"));

    public override void Write(Utf8JsonWriter writer, JobId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
