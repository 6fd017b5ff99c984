using System.Text;
using System.Text.Unicode;

namespace AlignService;

/// <summary>Text as it was given: what is not valid text is found and named, never replaced by U+FFFD.</summary>
public static class ExactText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why bytes are not UTF-8 text, as a predicate; null where they are.</summary>
    public static string? FindFault(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return null;
        }

        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        int line = bytes[..at].Count((byte)'\n') + 1;
        string place = line == 1 ? "" : $"on line {line}, ";
        return $"is not UTF-8 text (byte 0x{bytes[at]:X2} {place}after {at - bytes[..at].LastIndexOf((byte)'\n') - 1} bytes); save it as UTF-8";
    }

    /// <summary>Why a string is not valid text, as a predicate; null where it is.</summary>
    public static string? FindFault(ReadOnlySpan<char> text)
    {
        for (int at = 0; text[at..].IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and int found; at += 2)
        {
            at += found;
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))
            {
                return $"has half of a surrogate pair (\\u{(int)text[at]:x4} at character {at + 1}), which is not valid text";
            }
        }

        return null;
    }

    /// <summary>The bytes as text, a byte order mark included.</summary>
    /// <exception cref="CheckpointException">They are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string name) =>
        FindFault(bytes) is { } fault ? throw new CheckpointException($"{name} {fault}.") : Strict.GetString(bytes);
}
