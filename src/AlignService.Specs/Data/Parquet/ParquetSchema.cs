namespace AlignService.Specs.Data.Parquet;

/// <summary>Builds the tree of fields from a file's flat list of schema elements.</summary>
internal sealed class ParquetSchema
{
    private const int Type = 1, TypeLength = 2, RepetitionType = 3, Name = 4, ChildCount = 5, ConvertedType = 6, LogicalType = 10;
    private const int MaxDepth = 64;

    private readonly IReadOnlyList<ThriftStruct> _elements;
    private int _next;
    private int _columnCount;

    private ParquetSchema(IReadOnlyList<ThriftStruct> elements) => _elements = elements;

    /// <summary>The fields of a row.</summary>
    /// <exception cref="ParquetException">The list is no tree.</exception>
    public static IReadOnlyList<ParquetNode> Read(IReadOnlyList<ThriftStruct> elements)
    {
        ParquetSchema schema = new(elements);
        return schema.Children(schema.Next(), new Level("", 0, 0, 0));
    }

    private ThriftStruct Next() => _next < _elements.Count ? _elements[_next++] : throw new ParquetException("its schema is cut off");

    private List<ParquetNode> Children(ThriftStruct group, Level level)
    {
        long count = group.Number(ChildCount) ?? 0;
        if (count < 0 || count > _elements.Count - _next || level.Depth > MaxDepth)
        {
            throw new ParquetException($"its schema is damaged, or nested deeper than {MaxDepth} levels");
        }

        List<ParquetNode> children = [];
        for (int i = 0; i < count; i++)
        {
            children.Add(Node(level));
        }

        return children;
    }

    private ParquetNode Node(Level parent)
    {
        ThriftStruct element = Next();
        byte[] text = element.Bytes(Name) ?? [];
        string name = ExactText.FindFault(text) is null ? Formats.RowText.Decode(text) : throw new ParquetException("the name of a column is not UTF-8 text");
        string path = parent.Path.Length == 0 ? name : $"{parent.Path}.{name}";
        bool isOptional = element.Number(RepetitionType) == 1, isRepeated = element.Number(RepetitionType) == 2;
        Level level = new(path, parent.Definition + (isOptional || isRepeated ? 1 : 0), parent.Repetition + (isRepeated ? 1 : 0), parent.Depth + 1);
        if (element.Number(ChildCount) is > 0)
        {
            List<ParquetNode> children = Children(element, level);
            return new ParquetNode(name, path, isOptional, isRepeated, level.Definition, level.Repetition, children) { Kind = KindOf(element, children) };
        }

        long type = element.Needed(Type, "type of a column");
        if (!Enum.IsDefined((PhysicalType)type))
        {
            throw new ParquetException($"the column {path} has the unknown type {type}");
        }

        ParquetColumn column = new(_columnCount++, (PhysicalType)type, (int)(element.Number(TypeLength) ?? 0), ColumnMeaning.Of(element));
        return new ParquetNode(name, path, isOptional, isRepeated, level.Definition, level.Repetition, []) { Column = column };
    }

    private static GroupKind KindOf(ThriftStruct element, List<ParquetNode> children) => (element.Struct(LogicalType), element.Number(ConvertedType), children) switch
    {
        ({ } logical, _, [{ IsRepeated: true }]) when logical.Has(3) => GroupKind.List,
        (_, 3, [{ IsRepeated: true }]) => GroupKind.List,
        ({ } logical, _, [{ IsRepeated: true, Children: [{ Column: not null }, _] }]) when logical.Has(2) => GroupKind.Map,
        (_, 1 or 2, [{ IsRepeated: true, Children: [{ Column: not null }, _] }]) => GroupKind.Map,
        _ => GroupKind.Struct,
    };

    private sealed record Level(string Path, int Definition, int Repetition, int Depth);
}

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
