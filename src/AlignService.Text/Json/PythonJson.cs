using System.Text.Json;

namespace AlignService.Text.Json;

/// <summary>
/// JSON files of models, which Python writes and reads: with a byte order mark at the start, and with NaN and infinities as numbers, where System.Text.Json takes neither.
/// </summary>
public static class PythonJson
{
    private static readonly (byte[] Python, byte[] Json)[] Literals =
    [
        // A number that is read as an infinity, by Python too; JSON has none that is read as NaN.
        ("-Infinity"u8.ToArray(), "-1e999"u8.ToArray()),
        ("Infinity"u8.ToArray(), "1e999"u8.ToArray()),
        ("NaN"u8.ToArray(), "\"NaN\""u8.ToArray()),
    ];

    /// <param name="file">The file's bytes.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="options">How strict to be.</param>
    /// <exception cref="CheckpointException">It is not UTF-8 or not JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> file, string name, JsonDocumentOptions options)
    {
        try
        {
            return JsonDocument.Parse(ToJson(file, name), options);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{name} is not valid JSON: {fault.Message}", fault);
        }
    }

    /// <summary>The same values as any JSON reader takes them: without a byte order mark, infinities as numbers beyond the range, NaN as text.</summary>
    /// <exception cref="CheckpointException">It is not UTF-8.</exception>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlyMemory<byte> file, string name)
    {
        if (ExactText.FindFault(file.Span) is { } fault)
        {
            throw new CheckpointException($"{name} {fault}.");
        }

        ReadOnlyMemory<byte> json = file.Span.StartsWith("\uFEFF"u8) ? file[3..] : file;
        return json.Span.IndexOf("Infinity"u8) >= 0 || json.Span.IndexOf("NaN"u8) >= 0 ? Replaced(json.Span) : json;
    }

    /// <summary>A value as Python writes it, for messages.</summary>
    public static string Shown(JsonElement value) => value.GetRawText() switch
    {
        "1e999" => "Infinity",
        "-1e999" => "-Infinity",
        var text => text,
    };

    private static byte[] Replaced(ReadOnlySpan<byte> json)
    {
        var written = new List<byte>(json.Length);
        bool isText = false;
        for (int at = 0; at < json.Length; at++)
        {
            byte current = json[at];
            if (!isText && current is (byte)'-' or (byte)'I' or (byte)'N' && LiteralAt(json[at..]) is { } literal)
            {
                written.AddRange(literal.Json);
                at += literal.Python.Length - 1;
                continue;
            }

            written.Add(current);
            if (isText && current == '\\' && at + 1 < json.Length)
            {
                written.Add(json[++at]);
            }
            else if (current == '"')
            {
                isText = !isText;
            }
        }

        return [.. written];
    }

    private static (byte[] Python, byte[] Json)? LiteralAt(ReadOnlySpan<byte> json)
    {
        foreach ((byte[] Python, byte[] Json) literal in Literals)
        {
            if (json.StartsWith(literal.Python))
            {
                return literal;
            }
        }

        return null;
    }
}
