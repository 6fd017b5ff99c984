using System.Buffers.Binary;
using System.Text;

namespace AlignService.Cli.Tests.Conversion;

/// <summary>A piece of a SentencePiece model: text, score and kind (1 normal, 2 unknown, 3 control, 4 user-defined, 6 byte).</summary>
internal sealed record Piece(string Text, float Score, int Kind);

/// <summary>Writes tokenizer.model, protobuf by hand.</summary>
internal static class SentencePieceFile
{
    /// <param name="modelType">1 Unigram, 2 BPE.</param>
    /// <param name="characterMap">Of the normaliser; empty: none.</param>
    public static byte[] Write(IEnumerable<Piece> pieces, int modelType = 2, bool addPrefix = true, bool removeExtraBlanks = false, byte[]? characterMap = null)
    {
        var file = new MemoryStream();
        foreach (Piece piece in pieces)
        {
            byte[] score = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(score, piece.Score);
            Field(file, 1, [.. Bytes(1, Encoding.UTF8.GetBytes(piece.Text)), 2 << 3 | 5, .. score, .. Number(3, piece.Kind)]);
        }

        Field(file, 2, [.. Number(3, modelType), .. Number(35, 1), .. Number(40, 0), .. Number(41, 1), .. Number(42, 2)]);
        Field(file, 3, [.. Bytes(1, "identity"u8.ToArray()), .. Bytes(2, characterMap ?? []), .. Number(3, addPrefix ? 1 : 0), .. Number(4, removeExtraBlanks ? 1 : 0), .. Number(5, 1)]);
        return file.ToArray();
    }

    private static void Field(MemoryStream file, int number, byte[] content) => file.Write(Bytes(number, content));

    private static byte[] Bytes(int number, byte[] content) => [.. Varint((number << 3) | 2), .. Varint(content.Length), .. content];

    private static byte[] Number(int number, int value) => [.. Varint(number << 3), .. Varint(value)];

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value > 0x7F; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}
