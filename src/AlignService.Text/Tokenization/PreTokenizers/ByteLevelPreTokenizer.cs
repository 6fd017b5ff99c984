using System.Runtime.CompilerServices;
using System.Text;
using AlignService.Text.Tokenization.Characters;
using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>GPT-2's way: the text's UTF-8 bytes, each written as a character of <see cref="ByteAlphabet"/>.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private const string WordPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly SplitPreTokenizer? _splitter = useRegex
        ? new SplitPreTokenizer(new RegexPattern(WordPattern), SplitBehavior.Isolated, invert: false)
        : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public PieceList Apply(PieceList input)
    {
        input = addPrefixSpace ? WithPrefixSpaces(input) : input;
        input = _splitter?.Apply(input) ?? input;

        var writer = new PieceWriter((input.Text.Length * 9 / 8) + 16);
        foreach (Piece piece in input.Pieces)
        {
            Write(input.Span(piece), writer);
            writer.EndPiece(piece.Lead == 0 ? 0 : Encoding.UTF8.GetByteCount(input.Span(piece)[..piece.Lead]));
        }

        return writer.Finish();
    }

    private static void Write(ReadOnlySpan<char> text, PieceWriter writer)
    {
        if (!ByteAlphabet.TryWriteAscii(text, writer.Reserve(text.Length)))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text.ToArray());
            ByteAlphabet.Write(bytes, writer.Reserve(bytes.Length));
            writer.Advance(bytes.Length);
            return;
        }

        writer.Advance(text.Length);
    }

    private static PieceList WithPrefixSpaces(PieceList input)
    {
        var writer = new PieceWriter(input.Text.Length + input.Pieces.Count);
        foreach (Piece piece in input.Pieces)
        {
            ReadOnlySpan<char> text = input.Span(piece);
            bool prefixed = text[0] != ' ';
            if (prefixed)
            {
                writer.Append(' ');
            }

            writer.Append(text);
            writer.EndPiece(piece.Lead + (prefixed && piece.Lead > 0 ? 1 : 0));
        }

        return writer.Finish();
    }
}
