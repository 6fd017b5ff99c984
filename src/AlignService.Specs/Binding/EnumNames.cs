using System.Collections.Concurrent;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace AlignService.Specs.Binding;

/// <summary>Enum values as users spell them: OBJECTIVE_CLIPPED on the wire and Objective.Clipped in the records are both `clipped`.</summary>
public static class EnumNames
{
    private const string Zero = "UNSPECIFIED";

    // By values that there are; what users write is not remembered.
    private static readonly ConcurrentDictionary<(Enum Value, EnumDescriptor Wire), int> WireNumbers = [];
    private static readonly ConcurrentDictionary<(Type Record, EnumDescriptor Wire, int Number), object?> RecordValues = [];

    /// <summary>As spelled in a job file.</summary>
    public static string Spelled(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Every value of a wire enum except the unspecified one.</summary>
    public static IReadOnlyList<string> Short(EnumDescriptor type) =>
        [.. type.Values.Where(value => value.Number != 0).Select(value => Short(type, value.Name))];

    public static string Short(EnumDescriptor type, string name) =>
        name.StartsWith(Prefix(type), StringComparison.Ordinal) ? name[Prefix(type).Length..].ToLowerInvariant() : name;

    /// <summary>Reads a short or full name, in any case, with '-' or '_'.</summary>
    public static bool TryParse(EnumDescriptor type, string text, out string name)
    {
        string upper = text.Trim().Replace('-', '_').ToUpperInvariant();
        name = type.Values.FirstOrDefault(value => value.Number != 0 && (value.Name == upper || value.Name == Prefix(type) + upper))?.Name ?? "";
        return name.Length > 0;
    }

    /// <summary>The record's value; null for the unspecified one and for unknown ones.</summary>
    public static object? ToRecord(Type record, EnumDescriptor wire, int number) =>
        number != 0 && wire.FindValueByNumber(number) is not null
            ? RecordValues.GetOrAdd((record, wire, number), static key => Parse(key.Record, Short(key.Wire, key.Wire.FindValueByNumber(key.Number).Name)))
            : null;

    /// <summary>The wire's value, of the wire's own type.</summary>
    public static int ToWire(Enum value, EnumDescriptor wire) =>
        WireNumbers.GetOrAdd((value, wire), static key => key.Wire.Values.Single(one => Plain(Short(key.Wire, one.Name)) == Plain(key.Value.ToString())).Number);

    /// <summary>From a spelling of <see cref="Spelled"/>; null where there is no such value.</summary>
    public static object? Parse(Type record, string spelled) => Enum.GetValues(record).Cast<Enum>().FirstOrDefault(value => Plain(value.ToString()) == Plain(spelled));

    /// <summary>The wire's value by the record's, for enums that are not settings, such as states.</summary>
    public static TWire ToWire<TRecord, TWire>(TRecord value)
        where TRecord : struct, Enum
        where TWire : struct, Enum =>
        Enum.Parse<TWire>(value.ToString(), ignoreCase: true);

    /// <summary>The record's value by the wire's; null for the unspecified one and for unknown ones.</summary>
    public static TRecord? ToRecord<TWire, TRecord>(TWire value)
        where TWire : struct, Enum
        where TRecord : struct, Enum =>
        Enum.GetName(value) is { } name && Enum.TryParse(name, ignoreCase: true, out TRecord record) ? record : null;

    /// <summary>Letters and digits only: the two sides split words differently.</summary>
    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();

    private static string Prefix(EnumDescriptor type) => type.FindValueByNumber(0).Name[..^Zero.Length];
}
