using System.Buffers.Binary;

namespace AlignService.Specs.Data.Parquet;

/// <summary>A struct of Thrift's compact protocol, by field number: long (also booleans), double, byte[], list, or another struct.</summary>
internal sealed class ThriftStruct
{
    private readonly Dictionary<int, object> _fields = [];

    public void Set(int field, object value) => _fields[field] = value;

    public bool Has(int field) => _fields.ContainsKey(field);

    /// <summary>A whole number; null where it is absent.</summary>
    public long? Number(int field) => _fields.TryGetValue(field, out object? value) && value is long number ? number : null;

    /// <exception cref="ParquetException">It is absent.</exception>
    public long Needed(int field, string name) => Number(field) ?? throw new ParquetException($"its metadata has no {name}");

    public ThriftStruct? Struct(int field) => _fields.TryGetValue(field, out object? value) ? value as ThriftStruct : null;

    public byte[]? Bytes(int field) => _fields.TryGetValue(field, out object? value) ? value as byte[] : null;

    /// <summary>Empty where it is absent.</summary>
    public IReadOnlyList<object> List(int field) => _fields.TryGetValue(field, out object? value) && value is List<object> list ? list : [];
}

/// <summary>Reads Thrift's compact protocol; sizes and depth are bounded by what there is to read.</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 24;
    private const int True = 1, False = 2, Byte = 3, Double = 7, Binary = 8, List = 9, Set = 10, Map = 11, Struct = 12;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <exception cref="ParquetException">The bytes are something else.</exception>
    public ThriftStruct ReadStruct()
    {
        if (++_depth > MaxDepth)
        {
            throw new ParquetException($"its metadata is nested deeper than {MaxDepth} levels");
        }

        ThriftStruct read = new();
        int field = 0;
        while (true)
        {
            int header = NextByte();
            if (header == 0)
            {
                _depth--;
                return read;
            }

            int type = header & 0xF, step = header >> 4;
            field = step == 0 ? (int)Signed() : field + step;
            read.Set(field, type is True or False ? type == True ? 1L : 0L : Value(type));
        }
    }

    private object Value(int type) => type switch
    {
        True or False => NextByte() == True ? 1L : 0L, // in lists
        Byte => (long)(sbyte)NextByte(),
        4 or 5 or 6 => Signed(),
        Double => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double))),
        Binary => Take(Count(1)).ToArray(),
        List or Set => ReadList(),
        Map => ReadMap(),
        Struct => ReadStruct(),
        _ => throw new ParquetException($"its metadata has a value of the unknown type {type}"),
    };

    private List<object> ReadList()
    {
        int header = NextByte();
        int type = header & 0xF, count = header >> 4;
        count = count == 0xF ? Count(1) : count;
        if (count > _bytes.Length - Position || ++_depth > MaxDepth)
        {
            throw new ParquetException("its metadata is damaged");
        }

        List<object> items = new(count);
        for (int i = 0; i < count; i++)
        {
            items.Add(Value(type));
        }

        _depth--;
        return items;
    }

    /// <summary>Parquet has none; keys and values are passed over.</summary>
    private List<object> ReadMap()
    {
        int count = Count(1);
        int types = count == 0 ? 0 : NextByte();
        for (int i = 0; i < count; i++)
        {
            Value(types >> 4);
            Value(types & 0xF);
        }

        return [];
    }

    /// <summary>A count of things that have at least this many bytes each.</summary>
    private int Count(int size)
    {
        ulong count = Unsigned();
        return count <= (ulong)(_bytes.Length - Position) / (ulong)size ? (int)count : throw new ParquetException("its metadata is cut off");
    }

    private long Signed()
    {
        ulong value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Unsigned()
    {
        int position = Position;
        ulong value = Varint.Read(_bytes, ref position);
        Position = position;
        return value;
    }

    private int NextByte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw new ParquetException("its metadata is cut off");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }
}

/// <summary>Numbers of seven bits per byte.</summary>
internal static class Varint
{
    private const int MaxShift = 63;

    public static ulong Read(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift <= MaxShift; shift += 7)
        {
            byte next = position < bytes.Length ? bytes[position++] : throw new ParquetException("a number is cut off");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new ParquetException("a number has too many bytes");
    }

    public static long ReadZigZag(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = Read(bytes, ref position);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
