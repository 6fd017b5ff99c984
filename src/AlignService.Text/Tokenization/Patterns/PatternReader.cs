using System.Globalization;
using System.Text;
using AlignService.Text.Tokenization.Characters;
using AlignService.Text.Tokenization.Files;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>The characters of a pattern one by one, and the escapes that mean the same inside and outside a set.</summary>
internal sealed class PatternReader(string pattern)
{
    private int _position;

    public bool AtEnd => _position >= pattern.Length;

    public bool Sees(string text) => string.CompareOrdinal(pattern, _position, text, 0, text.Length) == 0;

    public bool Take(string text)
    {
        bool isThere = Sees(text);
        _position += isThere ? text.Length : 0;
        return isThere;
    }

    public int Next()
    {
        if (AtEnd)
        {
            throw Wrong("an end in the middle of a part");
        }

        int scalar = UnicodeClass.ScalarAt(pattern, _position, out int length);
        _position += length;
        return scalar;
    }

    public void SkipTo(char end)
    {
        while (Next() != end)
        {
        }
    }

    public bool SkipExtendedSpace()
    {
        int start = _position;
        while (!AtEnd && pattern[_position] is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
        {
            _position++;
        }

        if (Sees("#"))
        {
            int end = pattern.IndexOf('\n', _position);
            _position = end < 0 ? pattern.Length : end + 1;
        }

        return _position > start;
    }

    public CheckpointException Wrong(string what) => new($"The pattern '{pattern}' has {what} (at character {_position}).");

    /// <summary>After a backslash: an anchor, or null if there is something else.</summary>
    public Anchor? AnchorEscape()
    {
        Anchor? anchor = AtEnd ? null : pattern[_position] switch
        {
            'A' => Anchor.TextStart,
            'z' => Anchor.TextEnd,
            'Z' => Anchor.TextEndOrLastNewLine,
            'b' => Anchor.WordBoundary,
            'B' => Anchor.NoWordBoundary,
            _ => null,
        };
        _position += anchor is null ? 0 : 1;
        return anchor;
    }

    /// <summary>After a backslash: a named set, or null if there is something else.</summary>
    public CharacterSet? EscapedSet(bool insideSet = false)
    {
        if (AtEnd)
        {
            return null;
        }

        char letter = pattern[_position];
        CharacterSet? set = char.ToLowerInvariant(letter) switch
        {
            's' => CharacterProperties.White,
            'w' => insideSet ? CharacterProperties.WordInSet : CharacterProperties.Word,
            'd' => CharacterProperties.Digit,
            'h' => CharacterProperties.HexDigit,
            _ => null,
        };
        if (set is not null)
        {
            _position++;
            return char.IsAsciiLetterUpper(letter) ? set.Negate() : set;
        }

        return letter is 'p' or 'P' ? Property() : null;
    }

    /// <summary>After a backslash: the escaped character.</summary>
    public int EscapedScalar()
    {
        int scalar = Next();
        return scalar switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => 0x1B,
            'x' => Take("{") ? BracedHex() : Hex(2, 1),
            'u' => Hex(4, 4),
            '0' => 0,
            (>= '1' and <= '9') or 'k' or 'g' or 'K' or 'G' or 'X' or 'R' or 'c' or 'C' or 'M' or 'N' or 'O' or 'y' or 'Y' or 'Q' or 'E' =>
                throw Wrong($"the escape '\\{(char)scalar}', which is not supported"),
            _ => scalar,
        };
    }

    /// <summary>{n}, {n,}, {,m} or {n,m}; what only starts like that is literal text.</summary>
    public (int Least, int Most)? Interval()
    {
        int end = Sees("{") ? pattern.IndexOf('}', _position) : -1;
        if (end < 0)
        {
            return null;
        }

        string[] bounds = pattern[(_position + 1)..end].Split(',');
        if (bounds.Length > 2 || bounds.All(bound => bound.Length == 0) || !bounds.All(bound => bound.All(char.IsAsciiDigit)))
        {
            return null;
        }

        _position = end + 1;
        int least = bounds[0].Length == 0 ? 0 : Bound(bounds[0]);
        return (least, bounds.Length == 1 ? least : bounds[1].Length == 0 ? -1 : Bound(bounds[1]));
    }

    private int Bound(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int bound) ? bound : throw Wrong($"the bound {digits}");

    private CharacterSet Property()
    {
        bool negative = pattern[_position++] == 'P';
        if (!Take("{"))
        {
            throw Wrong("a \\p without its {name}");
        }

        negative ^= Take("^");
        int end = pattern.IndexOf('}', _position);
        string name = end < 0 ? throw Wrong("a \\p{ without its }") : pattern[_position..end];
        _position = end + 1;
        CharacterSet set = CharacterProperties.Find(name) ?? throw Wrong($"the property '{name}', which is not supported");
        return negative ? set.Negate() : set;
    }

    private int BracedHex()
    {
        int end = pattern.IndexOf('}', _position);
        int digits = end - _position;
        if (digits is < 1 or > 8)
        {
            throw Wrong("a \\x{ without its }");
        }

        int scalar = Hex(digits, digits);
        _position++;
        return scalar;
    }

    private int Hex(int most, int least)
    {
        int count = 0;
        while (count < most && _position + count < pattern.Length && char.IsAsciiHexDigit(pattern[_position + count]))
        {
            count++;
        }

        if (count < least || !int.TryParse(pattern.AsSpan(_position, count), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int scalar))
        {
            throw Wrong("a number of the wrong length after \\x or \\u");
        }

        _position += count;
        return scalar is >= 0 and <= 0x10FFFF ? scalar : throw Wrong("a character beyond U+10FFFF");
    }
}

/// <summary>Reads the field <c>pattern</c> of tokenizer.json: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
internal static class PatternField
{
    private const long LongestText = 64L << 20;

    public static IPattern Read(JsonField component)
    {
        JsonField field = component["pattern"];
        if (field.IsString)
        {
            return new LiteralPattern(field.Text());
        }

        foreach ((string kind, JsonField value) in field.Members())
        {
            return kind switch
            {
                "String" => new LiteralPattern(value.Text()),
                "Regex" => new RegexPattern(value.Text()),
                _ => throw field.Unsupported("pattern", kind, "String", "Regex"),
            };
        }

        throw field.Wrong("an object with a String or a Regex");
    }

    /// <summary>The text with every match replaced by a literal text.</summary>
    public static string Replace(IPattern pattern, string text, string content)
    {
        if (pattern is LiteralPattern { Literal: { Length: > 0 } literal })
        {
            RequireBounded(text, content.Length > literal.Length ? text.AsSpan().Count(literal) : 0, content);
            return text.Replace(literal, content, StringComparison.Ordinal);
        }

        var matches = new List<PatternMatch>();
        if (text.Length > 0)
        {
            pattern.FindMatches(text, matches, CancellationToken.None);
        }

        if (matches.Count == 0)
        {
            return text;
        }

        RequireBounded(text, matches.Count, content);
        var replaced = new StringBuilder();
        int from = 0;
        foreach (PatternMatch match in matches)
        {
            replaced.Append(text, from, match.Start - from).Append(content);
            from = match.End;
        }

        return replaced.Append(text, from, text.Length - from).ToString();
    }

    // Some replacements one behind the other can make a short text as long as they like.
    private static void RequireBounded(string text, long count, string content)
    {
        if (text.Length + (count * content.Length) > LongestText)
        {
            throw new CheckpointException($"A Replace in tokenizer.json produces a text longer than {LongestText} characters.");
        }
    }
}
