using System.Text.Json;

namespace AlignService.Server.Mapping;

/// <summary>Turns the wire's enums into the records' and back. Both spell their values alike, but for letter case and the wire's Unspecified.</summary>
internal static class EnumNames
{
    /// <summary>As users spell it in a job file.</summary>
    public static string Spelled<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Null for Unspecified and for values that this server does not know.</summary>
    public static TRecord? ToRecord<TWire, TRecord>(TWire value)
        where TWire : struct, Enum
        where TRecord : struct, Enum =>
        Enum.GetName(value) is { } name && Enum.TryParse(name, ignoreCase: true, out TRecord record) ? record : null;

    public static TWire ToWire<TRecord, TWire>(TRecord value)
        where TRecord : struct, Enum
        where TWire : struct, Enum =>
        Enum.Parse<TWire>(value.ToString(), ignoreCase: true);
}
