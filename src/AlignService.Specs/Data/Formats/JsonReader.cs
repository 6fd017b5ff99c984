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
