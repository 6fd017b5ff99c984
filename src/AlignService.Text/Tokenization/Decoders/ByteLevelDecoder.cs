using System.Buffers;
using System.Text;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Decoders;

/// <summary>The bytes of all tokens, read as UTF-8. A token with a character outside of the byte alphabet stands for its own bytes.</summary>
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
