namespace AlignService.Specs.Data.Parquet;

/// <summary>What the values of a column are.</summary>
internal enum ValueKind
{
    /// <summary>The stored number, or bytes that should be text.</summary>
    Plain,
    Unsigned,
    Decimal,
    Date,
    Time,
    Timestamp,
    Uuid,
    Half,
    Interval,
}

/// <summary>What the values of a column are, from its annotation in the schema.</summary>
/// <param name="Kind">Texts, JSON and enumerations are plain: their bytes are text.</param>
/// <param name="PerSecond">Of times: units per second.</param>
/// <param name="Scale">Of decimals: digits behind the point.</param>
internal sealed record ColumnMeaning(ValueKind Kind, long PerSecond = 0, int Scale = 0)
{
    /// <summary>Of timestamps: a moment, and not the reading of some clock.</summary>
    public bool IsUtc { get; init; }

    private const int MaxScale = 10_000;

    private static readonly ColumnMeaning Plain = new(ValueKind.Plain);

    /// <param name="element">A SchemaElement.</param>
    public static ColumnMeaning Of(ThriftStruct element) => element.Struct(10) is { } logical ? OfLogical(logical, element) : OfConverted(element);

    private static ColumnMeaning OfLogical(ThriftStruct logical, ThriftStruct element) => logical switch
    {
        _ when logical.Struct(5) is { } number => Decimal(number.Number(1)),
        _ when logical.Has(6) => new(ValueKind.Date),
        _ when logical.Struct(7) is { } time => new(ValueKind.Time, PerSecondOf(time)),
        _ when logical.Struct(8) is { } timestamp => new(ValueKind.Timestamp, PerSecondOf(timestamp)) { IsUtc = timestamp.Number(1) != 0 },
        _ when logical.Struct(10) is { } integer => integer.Number(2) == 0 ? new(ValueKind.Unsigned) : Plain,
        _ when logical.Has(14) => new(ValueKind.Uuid),
        _ when logical.Has(15) => new(ValueKind.Half),
        _ => OfConverted(element),
    };

    private static ColumnMeaning OfConverted(ThriftStruct element) => element.Number(6) switch
    {
        5 => Decimal(element.Number(7)),
        6 => new(ValueKind.Date),
        7 => new(ValueKind.Time, 1_000),
        8 => new(ValueKind.Time, 1_000_000),
        9 => new(ValueKind.Timestamp, 1_000) { IsUtc = true },
        10 => new(ValueKind.Timestamp, 1_000_000) { IsUtc = true },
        11 or 12 or 13 or 14 => new(ValueKind.Unsigned),
        21 => new(ValueKind.Interval),
        _ => Plain,
    };

    private static ColumnMeaning Decimal(long? scale) => scale is null or (>= 0 and <= MaxScale)
        ? new(ValueKind.Decimal, Scale: (int)(scale ?? 0))
        : throw new ParquetException($"a decimal column has the scale {scale}; at most {MaxScale} is read");

    private static long PerSecondOf(ThriftStruct time) => time.Struct(2) switch
    {
        { } unit when unit.Has(1) => 1_000,
        { } unit when unit.Has(2) => 1_000_000,
        { } unit when unit.Has(3) => 1_000_000_000,
        _ => throw new ParquetException("a column of times has an unknown unit"),
    };
}
