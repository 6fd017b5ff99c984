using AlignService.Text.Tokenization.Files;
using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>SentencePiece's handling of spaces: each becomes a visible character, which is also prepended to the text.</summary>
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

/// <summary>What the pre-tokenizer and the decoder Metaspace have in common in tokenizer.json.</summary>
internal static class MetaspaceField
{
    public static string Replacement(JsonField component) => OneCharacter(component["replacement"], "\u2581");

    public static string OneCharacter(JsonField field, string absent)
    {
        string text = field.TextOrNull() ?? absent;
        return text.EnumerateRunes().Count() == 1 ? text : throw field.Wrong("one character");
    }

    public static PrependScheme Scheme(JsonField component)
    {
        JsonField field = component["prepend_scheme"];
        bool addsPrefixSpace = component["add_prefix_space"].Flag(absent: true);
        PrependScheme scheme = field.TextOrNull() switch
        {
            // Older files have only add_prefix_space.
            null => addsPrefixSpace ? PrependScheme.Always : PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            { } name => throw field.Unsupported("prepend_scheme", name, "always", "first", "never"),
        };
        return addsPrefixSpace || scheme == PrependScheme.Never
            ? scheme
            : throw new CheckpointException($"{component.Path}: add_prefix_space is false, which contradicts prepend_scheme '{field.Text()}'.");
    }
}

/// <summary>Where Metaspace prepends a space.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}
