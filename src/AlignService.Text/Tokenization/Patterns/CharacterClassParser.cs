namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Reads what is between <c>[</c> and <c>]</c>: ranges, escapes, nested sets, <c>[:name:]</c> and <c>&amp;&amp;</c>.</summary>
internal sealed class CharacterClassParser(PatternReader reader, bool ignoresCase)
{
    private const int DeepestNesting = 20;

    /// <summary>Call after reading the opening bracket.</summary>
    public CharacterSet Parse() => Parse(DeepestNesting);

    private CharacterSet Parse(int depthLeft)
    {
        if (depthLeft == 0)
        {
            throw reader.Wrong($"sets nested deeper than {DeepestNesting}");
        }

        bool negative = reader.Take("^");
        var members = new List<CharacterSet>();
        CharacterSet? intersection = null;

        // A bracket that would close an empty set is a member.
        if (reader.Take("]"))
        {
            members.Add(RangeOrSingle(']'));
        }

        while (!reader.Take("]"))
        {
            if (reader.Take("&&"))
            {
                intersection = Intersected(intersection, members);
                members = [];
            }
            else
            {
                members.Add(Member(depthLeft));
            }
        }

        CharacterSet set = Intersected(intersection, members);
        set = ignoresCase ? set.IgnoreCase() : set;
        return negative ? set.Negate() : set;
    }

    private static CharacterSet Intersected(CharacterSet? left, List<CharacterSet> members)
    {
        CharacterSet right = members.Count == 1 ? members[0] : CharacterSet.Empty.Union(members);
        return left is null ? right : left.Intersect(right);
    }

    private CharacterSet Member(int depthLeft)
    {
        if (reader.Take("[:"))
        {
            return Named();
        }

        int scalar = reader.Next();
        if (scalar == '[')
        {
            return Parse(depthLeft - 1);
        }

        if (scalar != '\\')
        {
            return RangeOrSingle(scalar);
        }

        return reader.EscapedSet(insideSet: true) ?? RangeOrSingle(EscapedMember());
    }

    // Inside a set \b is the backspace, not a boundary.
    private int EscapedMember() => reader.Take("b") ? '\b' : reader.EscapedScalar();

    private CharacterSet RangeOrSingle(int first)
    {
        if (!reader.Sees("-") || reader.Sees("-]") || reader.Sees("-[") || reader.Sees("-&&"))
        {
            return CharacterSet.Single(first);
        }

        reader.Next();
        int last = reader.Next();
        if (last == '\\')
        {
            if (reader.EscapedSet(insideSet: true) is { } set)
            {
                return CharacterSet.Single(first).Union([CharacterSet.Single('-'), set]);
            }

            last = EscapedMember();
        }

        return first <= last ? CharacterSet.Range(first, last) : throw reader.Wrong("a range whose end comes before its start");
    }

    private CharacterSet Named()
    {
        bool negative = reader.Take("^");
        string name = "";
        while (!reader.Take(":]"))
        {
            name += char.ConvertFromUtf32(reader.Next());
        }

        CharacterSet set = CharacterProperties.FindBracketed(name) ?? throw reader.Wrong($"the set '[:{name}:]', which is not supported");
        return negative ? set.Negate() : set;
    }
}
