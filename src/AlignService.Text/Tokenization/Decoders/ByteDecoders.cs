using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Decoders;

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
