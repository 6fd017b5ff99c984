using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace AlignService.Text.Tokenization.Decoders;

/// <summary>A run of byte tokens is the text that its bytes are; if they are no valid UTF-8, one U+FFFD a byte.</summary>
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
