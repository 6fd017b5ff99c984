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
