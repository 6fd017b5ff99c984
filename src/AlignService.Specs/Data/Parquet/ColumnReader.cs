using System.Buffers.Binary;
using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Parquet;

/// <summary>Reads the pages of a column in one row group.</summary>
internal sealed class ColumnReader
{
    private const int DataPage = 0, IndexPage = 1, DictionaryPage = 2, DataPage2 = 3;
    private const int BytesPerEntry = 16;

    private readonly ColumnChunk _chunk;
    private readonly OpenFile _file;
    private readonly DataBudget _budget;
    private readonly ColumnValues _values;
    private readonly PageValues _decoder;

    private ColumnReader(ParquetNode node, ColumnChunk chunk, OpenFile file, DataBudget budget)
    {
        (_chunk, _file, _budget) = (chunk, file, budget);
        // What is held in memory counts, before it is allocated: a few bytes can stand for any number of values.
        budget.AddBytes(file.Path, checked(chunk.ValueCount * BytesPerEntry));
        _values = new ColumnValues(node, checked((int)chunk.ValueCount));
        _decoder = new PageValues(_values, bytes => budget.AddBytes(file.Path, bytes));
    }

    /// <exception cref="ParquetException">The column is damaged, or stored in a way that is not supported.</exception>
    public static ColumnValues Read(ParquetNode node, ColumnChunk chunk, OpenFile file, DataBudget budget)
    {
        try
        {
            return new ColumnReader(node, chunk, file, budget).Read();
        }
        catch (Exception fault) when (fault is ParquetException or InvalidDataException or IndexOutOfRangeException or ArgumentException or OverflowException or ZstdSharp.ZstdException)
        {
            throw new ParquetException($"the column \"{Shown.Value(node.Path)}\" cannot be read: {(fault is ParquetException ? fault.Message : $"it is damaged ({fault.Message})")}");
        }
    }

    private ColumnValues Read()
    {
        byte[] pages = ParquetMetadata.Bytes(_file, _chunk.Start, _chunk.Length);
        int at = 0;
        while (_values.EntryCount < _values.Capacity)
        {
            ThriftReader reader = new(pages.AsSpan(at));
            ThriftStruct header = reader.ReadStruct();
            at += reader.Position;
            int length = (int)header.Needed(3, "length of a page");
            if (length < 0 || length > pages.Length - at)
            {
                throw new ParquetException("a page is cut off");
            }

            ReadPage(header, pages.AsMemory(at, length));
            at += length;
        }

        return _values;
    }

    private void ReadPage(ThriftStruct header, ReadOnlyMemory<byte> page)
    {
        int length = (int)header.Needed(2, "length of a page");
        switch (header.Needed(1, "type of a page"))
        {
            case DictionaryPage:
                _decoder.SetDictionary(Decompressed(page, length), (int)Part(header, 7).Needed(1, "number of values"));
                break;
            case DataPage:
                ReadVersion1(Part(header, 5), Decompressed(page, length));
                break;
            case DataPage2:
                ReadVersion2(Part(header, 8), page, length);
                break;
            case IndexPage:
                break;
            default:
                throw new ParquetException($"a page of the unknown type {header.Number(1)}");
        }
    }

    private static ThriftStruct Part(ThriftStruct header, int field) => header.Struct(field) ?? throw new ParquetException("a page's header is damaged");

    private ReadOnlyMemory<byte> Decompressed(ReadOnlyMemory<byte> page, int length)
    {
        if (_chunk.Codec == PageCodec.None)
        {
            return page;
        }

        if (length < 0)
        {
            throw new ParquetException("a page's header is damaged");
        }

        _budget.AddBytes(_file.Path, length);
        return PageCompression.Decompress(_chunk.Codec, page.Span, length);
    }

    private void ReadVersion1(ThriftStruct header, ReadOnlyMemory<byte> page)
    {
        int count = Count(header);
        int[] repetitions = Levels(ref page, header.Number(4), _values.Node.Repetition, count);
        int[] definitions = Levels(ref page, header.Number(3), _values.Node.Definition, count);
        _decoder.Read(page, (PageEncoding)header.Needed(2, "encoding of a page"), _values.AddLevels(definitions, repetitions, count));
    }

    /// <summary>Its levels stand before the values and are never compressed.</summary>
    private void ReadVersion2(ThriftStruct header, ReadOnlyMemory<byte> page, int length)
    {
        int count = Count(header);
        int repetitionLength = (int)header.Needed(6, "length of levels"), definitionLength = (int)header.Needed(5, "length of levels");
        if (repetitionLength < 0 || definitionLength < 0 || (long)repetitionLength + definitionLength > page.Length)
        {
            throw new ParquetException("a page's levels are cut off");
        }

        int[] repetitions = Levels(page.Span[..repetitionLength], _values.Node.Repetition, count);
        int[] definitions = Levels(page.Span.Slice(repetitionLength, definitionLength), _values.Node.Definition, count);
        int levelLength = repetitionLength + definitionLength;
        ReadOnlyMemory<byte> rest = page[levelLength..];
        ReadOnlyMemory<byte> values = header.Number(7) == 0 || rest.IsEmpty ? rest : Decompressed(rest, length - levelLength);
        _decoder.Read(values, (PageEncoding)header.Needed(4, "encoding of a page"), _values.AddLevels(definitions, repetitions, count));
    }

    private int Count(ThriftStruct header)
    {
        long count = header.Needed(1, "number of values");
        return count > 0 && count <= _values.Capacity - _values.EntryCount ? (int)count
            : throw new ParquetException($"a page has {count} values, where {_values.Capacity - _values.EntryCount} are left");
    }

    /// <summary>Levels with their length in front, which are cut from the page.</summary>
    private static int[] Levels(ref ReadOnlyMemory<byte> page, long? encoding, int highest, int count)
    {
        if (highest == 0)
        {
            return [];
        }

        if ((PageEncoding?)encoding != PageEncoding.Rle)
        {
            throw new ParquetException($"its levels have the encoding {(PageEncoding?)encoding}, which is not read");
        }

        int length = page.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(page.Span) : -1;
        if (length < 0 || length > page.Length - sizeof(int))
        {
            throw new ParquetException("a page's levels are cut off");
        }

        int[] levels = Levels(page.Span.Slice(sizeof(int), length), highest, count);
        page = page[(sizeof(int) + length)..];
        return levels;
    }

    private static int[] Levels(ReadOnlySpan<byte> bytes, int highest, int count)
    {
        if (highest == 0)
        {
            return [];
        }

        int[] levels = new int[count];
        HybridDecoder.Decode(bytes, 32 - int.LeadingZeroCount(highest), levels);
        return levels;
    }
}

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
