namespace AlignService.Specs.Data.Parquet;

/// <summary>The values of a column in one row group, and a cursor over them.</summary>
/// <param name="node">The column.</param>
/// <param name="count">Entries: values, nulls and empty lists.</param>
internal sealed class ColumnValues(ParquetNode node, int count)
{
    private readonly byte[] _definitions = new byte[node.Definition > 0 ? count : 0];
    private readonly byte[] _repetitions = new byte[node.Repetition > 0 ? count : 0];
    private int _entry;
    private int _value = -1;

    public ParquetNode Node => node;

    /// <summary>Bits of numbers: whole ones sign-extended, floats and doubles as they are stored. Empty for bytes.</summary>
    public long[] Numbers { get; } = HoldsBytes(node) ? [] : new long[count];

    public ReadOnlyMemory<byte>[] Bytes { get; } = HoldsBytes(node) ? new ReadOnlyMemory<byte>[count] : [];

    /// <summary>Entries that are filled.</summary>
    public int EntryCount { get; private set; }

    /// <summary>Values that are filled.</summary>
    public int ValueCount { get; private set; }

    public int Capacity => count;

    /// <summary>Definition level at the cursor.</summary>
    public int Definition => node.Definition == 0 ? 0 : _definitions[_entry];

    /// <summary>Repetition level at the cursor; 0 behind the last entry, where a row would begin.</summary>
    public int Repetition => node.Repetition == 0 || _entry == EntryCount ? 0 : _repetitions[_entry];

    public bool IsAtEnd => _entry == EntryCount;

    /// <summary>Index of the value at the cursor, if there is one.</summary>
    public int Value => _value + 1;

    /// <summary>Takes the levels of a page; returns how many of its entries are values.</summary>
    /// <exception cref="ParquetException">A level is higher than the schema's.</exception>
    public int AddLevels(ReadOnlySpan<int> definitions, ReadOnlySpan<int> repetitions, int entries)
    {
        Copy(definitions, _definitions, node.Definition);
        Copy(repetitions, _repetitions, node.Repetition);
        EntryCount += entries;
        return node.Definition == 0 ? entries : definitions.Count(node.Definition);
    }

    public void AddValues(int added) => ValueCount += added;

    /// <summary>Moves the cursor to the next entry.</summary>
    public void Advance()
    {
        _value += Definition == node.Definition ? 1 : 0;
        _entry++;
    }

    private void Copy(ReadOnlySpan<int> levels, byte[] target, int highest)
    {
        for (int i = 0; i < levels.Length; i++)
        {
            target[EntryCount + i] = levels[i] <= highest && levels[i] >= 0 ? (byte)levels[i] : throw new ParquetException($"a level is {levels[i]}, where {highest} is the highest");
        }
    }

    private static bool HoldsBytes(ParquetNode node) => node.Column!.Type is PhysicalType.ByteArray or PhysicalType.FixedBytes or PhysicalType.Int96; // it is a column
}
