using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using AlignService.Text.Tokenization.Characters;
using AlignService.Text.Tokenization.Files;
using AlignService.Text.Tokenization.Patterns;
using AlignService.Text.Tokenization.PreTokenizers;

namespace AlignService.Text.Tokenization.Decoders;

/// <summary>Decodes tokens to text. The text is the joined tokens of the last decoder.</summary>
internal interface IDecoder
{
    /// <param name="atStart">Whether the first of these tokens is the first of the whole text.</param>
    List<string> Decode(List<string> tokens, bool atStart);
}

/// <summary>Builds the decoder that tokenizer.json describes.</summary>
internal static class DecoderReader
{
    public static TextDecoder Read(JsonField field) => new(field.IsNull ? [new JoinDecoder()] : [.. Components(field)]);

    private static IEnumerable<IDecoder> Components(JsonField field) =>
        field.ComponentType() == "Sequence" ? field["decoders"].Items().SelectMany(Components) : [Component(field)];

    private static IDecoder Component(JsonField field)
    {
        string type = field.ComponentType();
        return type switch
        {
            "ByteLevel" => new ByteLevelDecoder(),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "Metaspace" => new MetaspaceDecoder(MetaspaceField.Replacement(field), MetaspaceField.Scheme(field)),
            "Replace" => new ReplaceDecoder(PatternField.Read(field), field["content"].Text()),
            "Strip" => new StripDecoder(
                MetaspaceField.OneCharacter(field["content"], " "), field["start"].Number(absent: 0), field["stop"].Number(absent: 0)),
            _ => throw field.Unsupported(
                "decoder", type, "ByteLevel", "ByteFallback", "Fuse", "Metaspace", "Replace", "Strip", "Sequence"),
        };
    }
}

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) => [string.Concat(tokens)];
}

/// <summary>The default if tokenizer.json has no decoder: tokens joined with spaces.</summary>
internal sealed class JoinDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) =>
        [(atStart || tokens.Count == 0 ? "" : " ") + string.Join(' ', tokens)];
}

/// <summary>Visible spaces become spaces; the one added before the first token is removed.</summary>
internal sealed class MetaspaceDecoder(string replacement, PrependScheme scheme) : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart)
    {
        var decoded = new List<string>(tokens.Count);
        foreach (string token in tokens)
        {
            bool isFirst = atStart && decoded.Count == 0 && scheme != PrependScheme.Never;
            decoded.Add(token.Replace(replacement, isFirst ? "" : " ", StringComparison.Ordinal));
        }

        return decoded;
    }
}

internal sealed class ReplaceDecoder(IPattern pattern, string content) : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart) =>
        [.. tokens.Select(token => PatternField.Replace(pattern, token, content))];
}

/// <summary>Removes a character from the ends of every token, up to a given number on either side.</summary>
internal sealed class StripDecoder(string content, int startCount, int stopCount) : IDecoder
{
    public int StopCount => stopCount;

    public List<string> Decode(List<string> tokens, bool atStart) => [.. tokens.Select(Strip)];

    private string Strip(string token)
    {
        int start = 0;
        for (int i = 0; i < startCount && string.CompareOrdinal(token, start, content, 0, content.Length) == 0; i++)
        {
            start += content.Length;
        }

        int end = token.Length;
        for (int i = 0; i < stopCount && end - content.Length >= start && token.AsSpan(0, end).EndsWith(content, StringComparison.Ordinal); i++)
        {
            end -= content.Length;
        }

        return token[start..end];
    }
}

/// <summary>A run of byte tokens decodes to the text of its bytes, or, if they are not valid UTF-8, to one U+FFFD per byte.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    public static byte? ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' &&
        byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : null;

    public List<string> Decode(List<string> tokens, bool atStart)
    {
        var decoded = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (ByteOf(token) is { } value)
            {
                run.Add(value);
                continue;
            }

            EndRun(run, decoded);
            decoded.Add(token);
        }

        EndRun(run, decoded);
        return decoded;
    }

    private static void EndRun(List<byte> run, List<string> decoded)
    {
        if (run.Count == 0)
        {
            return;
        }

        byte[] bytes = [.. run];
        if (Utf8.IsValid(bytes))
        {
            decoded.Add(Encoding.UTF8.GetString(bytes));
        }
        else
        {
            decoded.AddRange(Enumerable.Repeat("\uFFFD", bytes.Length));
        }

        run.Clear();
    }
}

/// <summary>The bytes of all tokens, read as UTF-8. A token with a character outside the byte alphabet decodes to its own bytes.</summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        foreach (string token in tokens)
        {
            Write(token, bytes);
        }

        return [Encoding.UTF8.GetString(bytes.WrittenSpan)];
    }

    private static void Write(string token, ArrayBufferWriter<byte> bytes)
    {
        Span<byte> room = bytes.GetSpan(token.Length);
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteAlphabet.ByteOf(token[i]);
            if (value < 0)
            {
                bytes.Write(Encoding.UTF8.GetBytes(token));
                return;
            }

            room[i] = (byte)value;
        }

        bytes.Advance(token.Length);
    }
}
