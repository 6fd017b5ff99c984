using System.Text.Json;
using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Formats;

/// <summary>A JSON list of objects; or, as in many files with that extension, one JSON object per line.</summary>
internal sealed class JsonReader : IRowReader
{
    public IEnumerable<RowEntry> Read(LineReader lines) => JsonShape.StartsWith(lines.Peek(), '[') ? ReadList(lines) : new JsonLinesReader().Read(lines);

    /// <summary>Parses an entry at a time: a list of all would hold every one of them.</summary>
    private static IEnumerable<RowEntry> ReadList(LineReader lines)
    {
        ReadOnlyMemory<byte> json = lines.ReadToEnd();
        var state = default(JsonReaderState);
        int position = 0;
        for (int number = 1; NextEntry(json.Span, lines.File, ref position, ref state) is { } entry; number++)
        {
            byte[] row = json[entry] is { Length: <= FilePolicy.MaxRowBytes } bytes
                ? bytes.ToArray()
                : throw new DataException($"{Shown.Value(lines.File)}, entry {number} is longer than {FilePolicy.MaxRowBytes >> 20} MiB, which is the most that is read for one row.");
            yield return new RowEntry("entry", number, () => RowJson.Parse(row));
        }
    }

    /// <summary>Where the next entry lies; null at the end of the list.</summary>
    private static Range? NextEntry(ReadOnlySpan<byte> json, string file, ref int position, ref JsonReaderState state)
    {
        try
        {
            Utf8JsonReader reader = new(json[position..], isFinalBlock: true, state);
            if (position == 0)
            {
                reader.Read(); // the list's start
            }

            if (!reader.Read() || reader is { TokenType: JsonTokenType.EndArray, CurrentDepth: 0 })
            {
                while (reader.Read())
                {
                    // What follows the list is refused by the reader.
                }

                return null;
            }

            int start = position + (int)reader.TokenStartIndex;
            reader.Skip();
            position += (int)reader.BytesConsumed;
            state = reader.CurrentState;
            return start..position;
        }
        catch (JsonException fault)
        {
            throw new DataException($"{Shown.Value(file)} starts like a JSON list, but is not JSON: {fault.Message}");
        }
    }
}

/// <summary>What JSON looks like that is not rows, for messages.</summary>
internal static class JsonShape
{
    /// <summary>Whether the first character that is no blank is this one.</summary>
    public static bool StartsWith(ReadOnlySpan<byte> json, char character)
    {
        int first = json.IndexOfAnyExcept(" \t\r\n"u8);
        return first >= 0 && json[first] == character;
    }

    /// <summary>Whether a line begins an object or list and ends within it.</summary>
    public static bool IsUnfinished(ReadOnlySpan<byte> line)
    {
        Utf8JsonReader reader = new(line, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                // To the end, or to what is not JSON.
            }

            return reader.CurrentDepth > 0 || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A file whose first object spans lines.</summary>
    /// <param name="begin">Its first bytes.</param>
    public static string Describe(ReadOnlySpan<byte> begin)
    {
        List<string> fields = [];
        string? list = null;
        Utf8JsonReader reader = new(begin, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                {
                    fields.Add(RowText.DecodeForMessage(reader.ValueSpan));
                }
                else if (reader is { TokenType: JsonTokenType.StartArray, CurrentDepth: 1 } && list is null && fields.Count > 0)
                {
                    list = fields[^1];
                }
            }
        }
        catch (JsonException)
        {
            // What could be read of it is enough.
        }

        string names = fields.Count > 0 ? $" (its fields: {Shown.Names(fields)})" : "";
        string way = list is null ? "" : $" If its rows are under \"{Shown.Value(list)}\", write that list alone to a file.";
        return $"is one JSON object over several lines{names}, where rows are expected: a JSON list of objects, or one whole object per line.{way}";
    }
}
