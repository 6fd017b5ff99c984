using System.Buffers;
using System.Text.Json;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data.Parquet;

/// <summary>Puts the values of a row group's columns together to rows, as JSON; fields without a value are left out.</summary>
internal sealed class RowAssembler : IDisposable
{
    private readonly IReadOnlyList<ParquetNode> _fields;
    private readonly Dictionary<int, ColumnValues> _columns;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;

    /// <param name="fields">The fields that are read.</param>
    /// <param name="columns">Their columns.</param>
    public RowAssembler(IReadOnlyList<ParquetNode> fields, IReadOnlyList<ColumnValues> columns)
    {
        _fields = fields;
        _columns = columns.ToDictionary(column => column.Node.Column!.Index); // each is a column
        _json = new Utf8JsonWriter(_buffer);
    }

    /// <summary>What has no JSON in the last row; null where all has.</summary>
    public string? Fault { get; private set; }

    /// <summary>The next row's JSON, valid until the next call.</summary>
    /// <exception cref="ParquetException">Its columns do not fit together.</exception>
    public ReadOnlySpan<byte> Next()
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        Fault = null;
        WriteFields(_fields);
        _json.Flush();
        return _buffer.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    private void WriteFields(IReadOnlyList<ParquetNode> fields)
    {
        _json.WriteStartObject();
        foreach (ParquetNode field in fields)
        {
            if (field.IsRepeated || IsThere(field))
            {
                _json.WritePropertyName(field.Name);
                Write(field);
            }
            else
            {
                Skip(field);
            }
        }

        _json.WriteEndObject();
    }

    /// <summary>A value that is there, or a list.</summary>
    private void Write(ParquetNode node)
    {
        if (node.IsRepeated)
        {
            // A list without an annotation of its own.
            _json.WriteStartArray();
            WriteEach(node, () => WriteValue(node));
            _json.WriteEndArray();
        }
        else
        {
            WriteValue(node);
        }
    }

    private void WriteValue(ParquetNode node)
    {
        switch (node)
        {
            case { Column: { } type }:
                ColumnValues column = _columns[type.Index];
                Fault = ParquetValueWriter.Write(_json, column) ?? Fault;
                column.Advance();
                break;
            case { Kind: GroupKind.List, Children: [var entry] }:
                _json.WriteStartArray();
                WriteEach(entry, () => WriteItem(node, entry));
                _json.WriteEndArray();
                break;
            case { Kind: GroupKind.Map, Children: [{ Children: [var key, var value] } entry] }:
                _json.WriteStartObject();
                WriteEach(entry, () => WritePair(key, value));
                _json.WriteEndObject();
                break;
            default:
                WriteFields(node.Children);
                break;
        }
    }

    /// <summary>The repeated group holds the item, or is the item itself in files of old writers.</summary>
    private void WriteItem(ParquetNode list, ParquetNode entry)
    {
        bool isItem = entry.Column is not null || entry.Children.Count > 1 || entry.Name == "array" || entry.Name == $"{list.Name}_tuple";
        ParquetNode item = isItem ? entry : entry.Children[0];
        if (isItem)
        {
            WriteValue(item);
        }
        else
        {
            WriteOrNull(item);
        }
    }

    private void WritePair(ParquetNode key, ParquetNode value)
    {
        ColumnValues keys = _columns[key.Column!.Index]; // a map's key is a column
        if (!IsThere(key))
        {
            throw new ParquetException($"a map in \"{key.Path}\" has a key without a value");
        }

        try
        {
            _json.WritePropertyName(ParquetValueWriter.Key(keys));
        }
        catch (DataRowException fault)
        {
            // The row is refused; the other columns' cursors must go on all the same.
            Fault ??= $"in a key of \"{key.Path}\", {fault.Message}";
            _json.WritePropertyName("");
        }

        keys.Advance();
        WriteOrNull(value);
    }

    private void WriteOrNull(ParquetNode node)
    {
        if (node.IsRepeated || IsThere(node))
        {
            Write(node);
        }
        else
        {
            Skip(node);
            _json.WriteNullValue();
        }
    }

    private void WriteEach(ParquetNode entry, Action write)
    {
        ColumnValues first = First(entry);
        if (!IsThere(entry))
        {
            Skip(entry);
            return;
        }

        do
        {
            write();
        }
        while (first.Repetition == entry.Repetition && !first.IsAtEnd);
    }

    /// <summary>Whether the value, or the first of a list, is there at the cursor.</summary>
    private bool IsThere(ParquetNode node)
    {
        ColumnValues first = First(node);
        return first.IsAtEnd ? throw new ParquetException($"the column \"{first.Node.Path}\" ends before the others") : first.Definition >= node.Definition;
    }

    private ColumnValues First(ParquetNode node) => _columns[node.Leaves[0].Column!.Index]; // leaves are columns

    private void Skip(ParquetNode node)
    {
        foreach (ParquetNode leaf in node.Leaves)
        {
            ColumnValues column = _columns[leaf.Column!.Index]; // leaves are columns
            if (!column.IsAtEnd)
            {
                column.Advance();
            }
        }
    }
}
