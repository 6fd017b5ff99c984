using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AlignService.Jobs.Events;

/// <summary>
/// The registry of event kinds: one file and one entry each. The name is the wire's field, the stored discriminator and part of an event's unique key, so
/// it is durable.
/// </summary>
public static class EventKinds
{
    public static IReadOnlyDictionary<string, Type> All { get; } = new Dictionary<string, Type>
    {
        ["state_changed"] = typeof(StateChanged),
        ["log"] = typeof(LogMessage),
        ["metrics"] = typeof(MetricPoints),
        ["samples"] = typeof(SampleCompletions),
        ["checkpoint"] = typeof(CheckpointWritten),
        ["checkpoint_damaged"] = typeof(CheckpointDamaged),
        ["resumed"] = typeof(Resumed),
        ["divergence"] = typeof(Divergence),
        ["guardian"] = typeof(GuardianReport),
    };

    private static readonly Dictionary<Type, string> Names = All.ToDictionary(kind => kind.Value, kind => kind.Key);

    private static readonly JsonSerializerOptions Options = new(JobJson.Options)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddKinds } },
    };

    /// <summary>The kind that, with job, step and key, makes an event unique.</summary>
    public static string NameOf(JobEventBody body) => Names[body.GetType()];

    /// <summary>The body as it is stored, with its kind.</summary>
    public static string Serialize(JobEventBody body) => JsonSerializer.Serialize(body, Options);

    public static JobEventBody Deserialize(string json) =>
        JsonSerializer.Deserialize<JobEventBody>(json, Options) ?? throw new JsonException("a stored event is null");

    private static void AddKinds(JsonTypeInfo info)
    {
        if (info.Type != typeof(JobEventBody))
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions();
        foreach ((string name, Type type) in All)
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, name));
        }
    }
}
