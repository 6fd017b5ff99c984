using System.Runtime.CompilerServices;

namespace AlignService.Text.Tokenization.Characters;

/// <summary>The 256 characters that byte-level vocabularies are written in: printable Latin-1 characters are themselves, the rest are shifted to U+0100 and up.</summary>
public static class ByteAlphabet
{
    private const int CharacterCount = 0x144;

    private static readonly char[] Characters = Build();
    private static readonly short[] Bytes = Invert();

    /// <summary>Writes one character for every byte.</summary>
    public static void Write(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            text[i] = Characters[bytes[i]];
        }
    }

    /// <summary>The same for ASCII text, whose characters are its bytes; false for other text, of which nothing is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryWriteAscii(ReadOnlySpan<char> text, Span<char> written)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] >= 0x80)
            {
                return false;
            }

            written[i] = Characters[text[i]];
        }

        return true;
    }

    /// <summary>The byte of a character, or -1 for a character outside the alphabet.</summary>
    public static int ByteOf(char character) => character < CharacterCount ? Bytes[character] : -1;

    private static char[] Build()
    {
        char[] characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = isPrintable ? (char)value : next++;
        }

        return characters;
    }

    private static short[] Invert()
    {
        short[] bytes = new short[CharacterCount];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }
}
