using AlignService.Server.Validation;

namespace AlignService.Server.Mapping;

/// <summary>Where the mapping is in a spec, and what it has found wrong so far.</summary>
/// <param name="Path">Path of the message in hand.</param>
/// <param name="DataRoot">Where relative paths start.</param>
/// <param name="Faults">Takes what cannot be mapped.</param>
internal sealed record SpecReader(string Path, string DataRoot, FaultList Faults)
{
    public SpecReader At(string field) => this with { Path = $"{Path}.{field}" };

    public SpecReader At(string field, int index) => this with { Path = $"{Path}.{field}[{index}]" };

    public void Fault(string field, string description) => Faults.Add($"{Path}.{field}", description);

    /// <summary>The wire's value where it was given and is known, else the default.</summary>
    public TRecord Enum<TWire, TRecord>(bool given, TWire value, TRecord otherwise, string field)
        where TWire : struct, Enum
        where TRecord : struct, Enum
    {
        if (!given || Convert.ToInt32(value, null) == 0)
        {
            return otherwise;
        }

        if (EnumNames.ToRecord<TWire, TRecord>(value) is { } known)
        {
            return known;
        }

        string all = string.Join(", ", System.Enum.GetValues<TWire>().Where(one => Convert.ToInt32(one, null) != 0));
        Fault(field, $"{value} is not a value that this server knows. Known: {all}.");
        return otherwise;
    }

    /// <summary>A path as the worker will open it: another job's checkpoint as it is, anything else absolute.</summary>
    public string AbsolutePath(string path) =>
        path.Length == 0 || ResourceName.IsCheckpoint(path) || path.Contains('\0', StringComparison.Ordinal)
            ? path
            : System.IO.Path.GetFullPath(path, DataRoot);

    /// <summary>A knob that 0 turns off.</summary>
    public static double? OffAtZero(bool given, double value, double? otherwise) => !given ? otherwise : value == 0 ? null : value;

    /// <inheritdoc cref="OffAtZero(bool, double, double?)"/>
    public static int? OffAtZero(bool given, int value, int? otherwise) => !given ? otherwise : value == 0 ? null : value;
}
