using System.Runtime.CompilerServices;
using System.Text;
using AlignService.Text.Tokenization.Characters;
using AlignService.Text.Tokenization.Files;
using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>Splits pieces of text into smaller ones, which no token crosses.</summary>
internal interface IPreTokenizer
{
    PieceList Apply(PieceList input);
}

/// <summary>Builds the pre-tokenizer that tokenizer.json describes.</summary>
internal static class PreTokenizerReader
{
    public static IPreTokenizer? Read(JsonField field) => field.IsNull ? null : Component(field);

    private static IPreTokenizer Component(JsonField field)
    {
        string type = field.ComponentType();
        return type switch
        {
            "ByteLevel" => new ByteLevelPreTokenizer(field["add_prefix_space"].Flag(absent: true), field["use_regex"].Flag(absent: true)),
            "Split" => new SplitPreTokenizer(PatternField.Read(field), Behavior(field), field["invert"].Flag(absent: false)),
            "Digits" => new SplitPreTokenizer(
                new ScalarPattern(UnicodeClass.IsNumber),
                field["individual_digits"].Flag(absent: false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous,
                invert: false),
            "Punctuation" => new SplitPreTokenizer(new ScalarPattern(UnicodeClass.IsPunctuation), Behavior(field), invert: false),
            "Whitespace" => new SplitPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true),
            "WhitespaceSplit" => new SplitPreTokenizer(new ScalarPattern(UnicodeClass.IsWhiteSpace), SplitBehavior.Removed, invert: false),
            "Metaspace" => Metaspace(field),
            "Sequence" => new PreTokenizerSequence([.. field["pretokenizers"].Items().Select(Component)]),
            _ => throw field.Unsupported(
                "pre-tokenizer", type, "ByteLevel", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit", "Metaspace", "Sequence"),
        };
    }

    private static SplitBehavior Behavior(JsonField component)
    {
        JsonField field = component["behavior"];
        return field.TextOrNull() switch
        {
            null or "Isolated" or "isolated" => SplitBehavior.Isolated,
            "Removed" or "removed" => SplitBehavior.Removed,
            "MergedWithPrevious" or "merged_with_previous" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" or "merged_with_next" => SplitBehavior.MergedWithNext,
            "Contiguous" or "contiguous" => SplitBehavior.Contiguous,
            { } name => throw field.Unsupported(
                "behavior", name, "Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"),
        };
    }

    private static MetaspacePreTokenizer Metaspace(JsonField field) =>
        new(MetaspaceField.Replacement(field), MetaspaceField.Scheme(field), field["split"].Flag(absent: true));
}

internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    public PieceList Apply(PieceList input)
    {
        foreach (IPreTokenizer preTokenizer in preTokenizers)
        {
            input = preTokenizer.Apply(input);
        }

        return input;
    }
}

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
            input.Cancellation.ThrowIfCancellationRequested();
            Write(input.Span(piece), writer);
            writer.EndPiece(piece.Lead == 0 ? 0 : Encoding.UTF8.GetByteCount(input.Span(piece)[..piece.Lead]));
        }

        return writer.Finish() with { Cancellation = input.Cancellation };
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

        return writer.Finish() with { Cancellation = input.Cancellation };
    }
}

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

        PieceList replaced = writer.Finish() with { Cancellation = input.Cancellation };
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
