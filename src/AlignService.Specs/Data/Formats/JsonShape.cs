using System.Text.Json;
using AlignService.Specs.Data.Files;

namespace AlignService.Specs.Data.Formats;

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
