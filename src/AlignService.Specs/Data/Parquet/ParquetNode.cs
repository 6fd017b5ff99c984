namespace AlignService.Specs.Data.Parquet;

/// <summary>How values of a column are stored.</summary>
internal enum PhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedBytes = 7,
}

/// <summary>What a group of columns stands for.</summary>
internal enum GroupKind
{
    /// <summary>A JSON object.</summary>
    Struct,

    /// <summary>A JSON list, which repeats its only child.</summary>
    List,

    /// <summary>A JSON object whose names are the keys.</summary>
    Map,
}

/// <summary>A field of the schema: a column, or a group of fields.</summary>
/// <param name="Name">Within its group.</param>
/// <param name="Path">From the root, with dots.</param>
/// <param name="IsOptional">Its value may be null.</param>
/// <param name="IsRepeated">It has any number of values.</param>
/// <param name="Definition">Its definition level: that of a value that is there.</param>
/// <param name="Repetition">Its repetition level.</param>
/// <param name="Children">Empty for a column.</param>
internal sealed record ParquetNode(string Name, string Path, bool IsOptional, bool IsRepeated, int Definition, int Repetition, IReadOnlyList<ParquetNode> Children)
{
    private IReadOnlyList<ParquetNode>? _leaves;

    public GroupKind Kind { get; init; }

    /// <summary>Null for a group.</summary>
    public ParquetColumn? Column { get; init; }

    /// <summary>Its columns; itself, if it is one.</summary>
    public IReadOnlyList<ParquetNode> Leaves => _leaves ??= Column is null ? [.. Children.SelectMany(child => child.Leaves)] : [this];
}

/// <summary>The type of a column.</summary>
/// <param name="Index">Its place among the columns.</param>
/// <param name="Type">As stored.</param>
/// <param name="Length">In bytes, of <see cref="PhysicalType.FixedBytes"/>.</param>
/// <param name="Meaning">What its values are.</param>
internal sealed record ParquetColumn(int Index, PhysicalType Type, int Length, ColumnMeaning Meaning);
