using System.Buffers.Binary;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data.Parquet;

/// <summary>A column of a row group.</summary>
/// <param name="Codec">How its pages are compressed.</param>
/// <param name="ValueCount">Nulls and empty lists included.</param>
/// <param name="Start">Of its first page in the file.</param>
/// <param name="Length">Of its pages.</param>
internal sealed record ColumnChunk(PageCodec Codec, long ValueCount, long Start, long Length);

/// <summary>Rows that are stored together.</summary>
internal sealed record RowGroup(long RowCount, IReadOnlyList<ColumnChunk> Columns);

/// <summary>What a Parquet file says of itself at its end.</summary>
/// <param name="Fields">Of a row.</param>
/// <param name="Groups">In order.</param>
internal sealed record ParquetMetadata(IReadOnlyList<ParquetNode> Fields, IReadOnlyList<RowGroup> Groups)
{
    private const int TailLength = 8, MagicLength = 4, MaxLength = 256 << 20;

    /// <exception cref="ParquetException">It is not a Parquet file.</exception>
    public static ParquetMetadata Read(OpenFile file)
    {
        byte[] tail = Bytes(file, file.Length - TailLength, TailLength);
        byte[] magic = Bytes(file, 0, MagicLength);
        if (!SeenFormat.IsParquet(magic) || !tail.AsSpan(MagicLength).SequenceEqual(magic))
        {
            throw new ParquetException(tail.AsSpan(MagicLength).SequenceEqual("PARE"u8) ? "it is encrypted" : "it does not begin and end with PAR1; is it whole?");
        }

        long length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (length > file.Length - TailLength - MagicLength || length > MaxLength)
        {
            throw new ParquetException("its metadata is cut off");
        }

        ThriftStruct root = new ThriftReader(Bytes(file, file.Length - TailLength - length, (int)length)).ReadStruct();
        IReadOnlyList<ParquetNode> fields = ParquetSchema.Read([.. root.List(2).OfType<ThriftStruct>()]);
        int columnCount = fields.SelectMany(field => field.Leaves).Count();
        return new(fields, [.. root.List(4).OfType<ThriftStruct>().Select(group => Group(group, columnCount, file.Length))]);
    }

    /// <exception cref="ParquetException">The file has fewer.</exception>
    public static byte[] Bytes(OpenFile file, long start, long length)
    {
        if (start < 0 || length < 0 || start + length > file.Length || length > Array.MaxLength)
        {
            throw new ParquetException("it is cut off");
        }

        byte[] bytes = new byte[length];
        for (int read = 0; read < bytes.Length;)
        {
            int more = RandomAccess.Read(file.Handle, bytes.AsSpan(read), start + read);
            read += more > 0 ? more : throw new ParquetException("it is cut off");
        }

        return bytes;
    }

    private static RowGroup Group(ThriftStruct group, int columnCount, long fileLength)
    {
        List<ColumnChunk> columns = [.. group.List(1).OfType<ThriftStruct>().Select(column => Chunk(column, fileLength))];
        long rows = group.Needed(3, "number of rows");
        return columns.Count == columnCount && rows >= 0 ? new(rows, columns) : throw new ParquetException($"a row group has {columns.Count} columns, but the schema {columnCount}");
    }

    private static ColumnChunk Chunk(ThriftStruct chunk, long fileLength)
    {
        ThriftStruct column = chunk.Struct(3) ?? throw new ParquetException(chunk.Has(8) ? "a column is encrypted" : "a column has no metadata");
        long data = column.Needed(9, "place of a column"), dictionary = column.Number(11) ?? 0;
        long start = dictionary > 0 && dictionary < data ? dictionary : data;
        long length = column.Needed(7, "length of a column"), values = column.Needed(5, "number of values");
        return start >= 0 && length >= 0 && start <= fileLength - length && values >= 0
            ? new((PageCodec)column.Needed(4, "codec of a column"), values, start, length)
            : throw new ParquetException("a column lies outside the file");
    }
}

/// <summary>A file that is not Parquet, is damaged, or uses what this reader does not know; the message says which.</summary>
internal sealed class ParquetException(string message) : Exception(message);
