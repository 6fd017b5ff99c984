using System.Text;
using AlignService.Text.Tokenization.Files;
using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Rewrites a text before it is split into pieces.</summary>
internal interface INormalizer
{
    string Normalize(string text);

    /// <summary>How much of the normalized text comes from the first character of the whole input.</summary>
    /// <param name="text">Before normalization.</param>
    /// <param name="lead">How many units at its start come from that character; 0: it was removed.</param>
    int Lead(string text, int lead);
}

/// <summary>Builds the normalizer that tokenizer.json describes.</summary>
internal static class NormalizerReader
{
    public static INormalizer? Read(JsonField field) => field.IsNull ? null : Component(field);

    private static INormalizer Component(JsonField field)
    {
        string type = field.ComponentType();
        return type switch
        {
            "NFC" => new UnicodeFormNormalizer(composes: true, compatible: false),
            "NFD" => new UnicodeFormNormalizer(composes: false, compatible: false),
            "NFKC" => new UnicodeFormNormalizer(composes: true, compatible: true),
            "NFKD" => new UnicodeFormNormalizer(composes: false, compatible: true),
            "Lowercase" => new LowercaseNormalizer(),
            "Prepend" => new PrependNormalizer(field["prepend"].Text()),
            "Replace" => new ReplaceNormalizer(PatternField.Read(field), field["content"].Text()),
            "Strip" => new StripNormalizer(field["strip_left"].Flag(absent: true), field["strip_right"].Flag(absent: true)),
            "Sequence" => new NormalizerSequence([.. field["normalizers"].Items().Select(Component)]),
            _ => throw field.Unsupported(
                "normalizer", type, "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "Strip", "Sequence"),
        };
    }
}

internal sealed class NormalizerSequence(IReadOnlyList<INormalizer> normalizers) : INormalizer
{
    public string Normalize(string text)
    {
        foreach (INormalizer normalizer in normalizers)
        {
            text = normalizer.Normalize(text);
        }

        return text;
    }

    public int Lead(string text, int lead)
    {
        foreach (INormalizer normalizer in normalizers)
        {
            lead = normalizer.Lead(text, lead);
            text = normalizer.Normalize(text);
        }

        return lead;
    }
}

/// <summary>Character by character, so there is no final sigma. Only U+0130 has a lower case of two characters.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    private const int CapitalDottedI = 0x130;

    public string Normalize(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == CapitalDottedI)
            {
                lower.Append("i\u0307");
            }
            else
            {
                lower.Append(Rune.ToLowerInvariant(rune));
            }
        }

        return lower.ToString();
    }

    public int Lead(string text, int lead) => Normalize(text[..lead]).Length;
}

/// <summary>Prepends a text, except to the empty text.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;

    public int Lead(string text, int lead) => text.Length == 0 || lead == 0 ? lead : prefix.Length + lead;
}

internal sealed class ReplaceNormalizer(IPattern pattern, string content) : INormalizer
{
    public string Normalize(string text) => PatternField.Replace(pattern, text, content);

    // As in the library, what is written for a match stands for the match's last character.
    public int Lead(string text, int lead)
    {
        var matches = new List<PatternMatch>();
        pattern.FindMatches(text, matches, CancellationToken.None);
        int grown = 0;
        foreach (PatternMatch match in matches.TakeWhile(match => match.Start < lead))
        {
            if (match.End > lead)
            {
                return match.Start + grown;
            }

            grown += content.Length - (match.End - match.Start);
        }

        return lead + grown;
    }
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public string Normalize(string text)
    {
        text = left ? text.TrimStart() : text;
        return right ? text.TrimEnd() : text;
    }

    public int Lead(string text, int lead) => left ? Math.Max(0, lead - (text.Length - text.TrimStart().Length)) : lead;
}
