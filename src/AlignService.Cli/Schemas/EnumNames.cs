using Google.Protobuf.Reflection;

namespace AlignService.Cli.Schemas;

/// <summary>Enum values in their short form: OBJECTIVE_CLIPPED is `clipped`.</summary>
internal static class EnumNames
{
    private const string Zero = "UNSPECIFIED";

    /// <summary>Every value but the unspecified one.</summary>
    public static IReadOnlyList<string> Short(EnumDescriptor type) =>
        [.. type.Values.Where(value => value.Number != 0).Select(value => Short(type, value.Name))];

    public static string Short(EnumDescriptor type, string name) =>
        name.StartsWith(Prefix(type), StringComparison.Ordinal) ? name[Prefix(type).Length..].ToLowerInvariant() : name;

    /// <summary>Reads a short or full name, in any case, with '-' for '_'.</summary>
    public static bool TryParse(EnumDescriptor type, string text, out string name)
    {
        string upper = text.Trim().Replace('-', '_').ToUpperInvariant();
        name = type.Values.FirstOrDefault(value => value.Number != 0 && (value.Name == upper || value.Name == Prefix(type) + upper))?.Name ?? "";
        return name.Length > 0;
    }

    private static string Prefix(EnumDescriptor type) => type.FindValueByNumber(0).Name[..^Zero.Length];
}
