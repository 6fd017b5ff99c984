using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>SentencePiece's way with spaces: each becomes a visible character, which also goes in front of the text.</summary>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool split) : IPreTokenizer
{
    private readonly SplitPreTokenizer _splitter =
        new(new LiteralPattern(replacement), SplitBehavior.MergedWithNext, invert: false);

    public PieceList Apply(PieceList input)
    {
        var writer = new PieceWriter(input.Text.Length + 8);
        foreach (Piece piece in input.Pieces)
        {
            Write(input.Span(piece), piece.Lead, writer);
        }

        PieceList replaced = writer.Finish();
        return split ? _splitter.Apply(replaced) : replaced;
    }

    private void Write(ReadOnlySpan<char> text, int lead, PieceWriter writer)
    {
        bool prepends = scheme == PrependScheme.Always || (scheme == PrependScheme.First && lead > 0);
        if (prepends && text[0] != ' ' && !text.StartsWith(replacement))
        {
            writer.Append(replacement);
            lead += lead > 0 ? replacement.Length : 0;
        }

        while (text.IndexOf(' ') is >= 0 and int space)
        {
            writer.Append(text[..space]);
            writer.Append(replacement);
            text = text[(space + 1)..];
        }

        writer.Append(text);
        writer.EndPiece(lead);
    }
}
