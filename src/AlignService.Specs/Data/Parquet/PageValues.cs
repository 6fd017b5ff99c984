using System.Buffers.Binary;

namespace AlignService.Specs.Data.Parquet;

/// <summary>How the values of a page are stored.</summary>
internal enum PageEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>Decodes the values of a column's pages.</summary>
/// <param name="target">Filled.</param>
/// <param name="allocate">Called with the size of what is allocated besides the target.</param>
internal sealed class PageValues(ColumnValues target, Action<long> allocate)
{
    private const int MaxTypeLength = 1 << 20, BytesPerEntry = 16;

    private readonly PhysicalType _type = target.Node.Column!.Type; // it is a column
    private readonly int _size = SizeOf(target.Node.Column!); // it is a column
    private long[]? _numberDictionary;
    private ReadOnlyMemory<byte>[]? _bytesDictionary;

    private bool HoldsBytes => target.Bytes.Length > 0 || target.Capacity == 0;

    /// <summary>A dictionary's values are plain.</summary>
    public void SetDictionary(ReadOnlyMemory<byte> page, int count)
    {
        // A text has its length in front; no value takes less than a bit.
        if (count < 0 || count > (long)page.Length * 8)
        {
            throw new ParquetException($"a dictionary has {count} values in {page.Length} bytes");
        }

        allocate((long)count * BytesPerEntry);
        _numberDictionary = HoldsBytes ? null : new long[count];
        _bytesDictionary = HoldsBytes ? new ReadOnlyMemory<byte>[count] : null;
        Plain(page, _numberDictionary, _bytesDictionary);
    }

    /// <exception cref="ParquetException">The encoding is not supported for the type, or the page is damaged.</exception>
    public void Read(ReadOnlyMemory<byte> page, PageEncoding encoding, int count)
    {
        Span<long> numbers = HoldsBytes ? default : target.Numbers.AsSpan(target.ValueCount, count);
        Span<ReadOnlyMemory<byte>> bytes = HoldsBytes ? target.Bytes.AsSpan(target.ValueCount, count) : default;
        switch (encoding)
        {
            case var _ when count == 0:
                break;
            case PageEncoding.Plain:
                Plain(page, numbers, bytes);
                break;
            case PageEncoding.PlainDictionary or PageEncoding.RleDictionary:
                FromDictionary(page.Span, numbers, bytes, count);
                break;
            case PageEncoding.Rle when _type == PhysicalType.Boolean && page.Length >= sizeof(int):
                int[] bits = new int[count];
                HybridDecoder.Decode(page.Span[sizeof(int)..], 1, bits);
                Widen(bits, numbers);
                break;
            case PageEncoding.DeltaBinaryPacked when _type is PhysicalType.Int32 or PhysicalType.Int64:
                DeltaDecoder.Numbers(page.Span, numbers);
                Narrow(numbers);
                break;
            case PageEncoding.DeltaLengthByteArray when _type == PhysicalType.ByteArray:
                DeltaDecoder.Bytes(page, bytes);
                break;
            case PageEncoding.DeltaByteArray when _type is PhysicalType.ByteArray or PhysicalType.FixedBytes:
                DeltaDecoder.Prefixed(page, bytes, allocate);
                break;
            case PageEncoding.ByteStreamSplit when _type is not (PhysicalType.Boolean or PhysicalType.ByteArray or PhysicalType.Int96):
                Plain(Joined(page.Span, count), numbers, bytes);
                break;
            default:
                throw new ParquetException($"its values of the type {_type} have the encoding {encoding}, which is not read; write it with the encoding PLAIN or a dictionary");
        }

        target.AddValues(count);
    }

    private static int SizeOf(ParquetColumn column) => column.Type switch
    {
        PhysicalType.Int32 or PhysicalType.Float => 4,
        PhysicalType.Int64 or PhysicalType.Double => 8,
        PhysicalType.Int96 => 12,
        PhysicalType.FixedBytes => column.Length is > 0 and <= MaxTypeLength ? column.Length : throw new ParquetException($"its values have {column.Length} bytes each"),
        _ => 0,
    };

    private void Plain(ReadOnlyMemory<byte> page, Span<long> numbers, Span<ReadOnlyMemory<byte>> bytes)
    {
        switch (_type)
        {
            case PhysicalType.Boolean:
                BitUnpacker.Unpack(page.Span, 1, numbers);
                break;
            case PhysicalType.ByteArray:
                PlainBytes(page, bytes);
                break;
            case PhysicalType.FixedBytes or PhysicalType.Int96:
                Need(page.Length, bytes.Length);
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = page.Slice(i * _size, _size);
                }

                break;
            default:
                Need(page.Length, numbers.Length);
                ReadOnlySpan<byte> stored = page.Span;
                for (int i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = _size == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(stored[(i * sizeof(int))..]) : BinaryPrimitives.ReadInt64LittleEndian(stored[(i * sizeof(long))..]);
                }

                break;
        }
    }

    private static void PlainBytes(ReadOnlyMemory<byte> page, Span<ReadOnlyMemory<byte>> bytes)
    {
        int at = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            int length = page.Length - at >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(page.Span[at..]) : -1;
            at += sizeof(int);
            if (length < 0 || length > page.Length - at)
            {
                throw new ParquetException("a text is cut off");
            }

            bytes[i] = page.Slice(at, length);
            at += length;
        }
    }

    private void FromDictionary(ReadOnlySpan<byte> page, Span<long> numbers, Span<ReadOnlyMemory<byte>> bytes, int count)
    {
        int size = _numberDictionary?.Length ?? _bytesDictionary?.Length ?? throw new ParquetException("its dictionary is missing");
        int[] indices = new int[count];
        if (page.IsEmpty)
        {
            throw new ParquetException("a page is cut off");
        }

        if (page[0] > 0)
        {
            HybridDecoder.Decode(page[1..], page[0], indices);
        }

        for (int i = 0; i < count; i++)
        {
            if ((uint)indices[i] >= (uint)size)
            {
                throw new ParquetException($"it names the value {indices[i]} of a dictionary of {size}");
            }

            if (_numberDictionary is { } known)
            {
                numbers[i] = known[indices[i]];
            }
            else
            {
                bytes[i] = _bytesDictionary![indices[i]]; // one of the two is there
            }
        }
    }

    /// <summary>The bytes of each value together, which BYTE_STREAM_SPLIT stores byte by byte.</summary>
    private byte[] Joined(ReadOnlySpan<byte> page, int count)
    {
        Need(page.Length, count);
        byte[] joined = new byte[count * _size];
        for (int value = 0; value < count; value++)
        {
            for (int place = 0; place < _size; place++)
            {
                joined[(value * _size) + place] = page[(place * count) + value];
            }
        }

        return joined;
    }

    private void Need(int available, int count)
    {
        if ((long)count * _size > available)
        {
            throw new ParquetException($"a page has {available} bytes, where {(long)count * _size} are needed");
        }
    }

    private static void Widen(int[] bits, Span<long> numbers)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            numbers[i] = bits[i];
        }
    }

    /// <summary>Differences of 32-bit numbers count modulo 2^32.</summary>
    private void Narrow(Span<long> numbers)
    {
        for (int i = 0; _type == PhysicalType.Int32 && i < numbers.Length; i++)
        {
            numbers[i] = unchecked((int)numbers[i]);
        }
    }
}
