namespace AlignService.Text.Tokenization.Patterns;

/// <summary>
/// Reads a pattern in Oniguruma's Ruby syntax, as in tokenizer.json. Unsupported syntax (back references, <c>\K</c>, <c>\X</c>,
/// conditions) is refused by name.
/// </summary>
internal sealed class PatternParser(string pattern)
{
    private const int DeepestNesting = 40;
    private const int MostRepeats = 1000;
    private const int MostQuantifiers = 4;
    private const int LongestPattern = 20_000;

    private readonly PatternReader _reader = new(pattern);
    private int _depth;

    [Flags]
    private enum Options
    {
        None = 0,
        IgnoreCase = 1,
        DotMatchesNewLine = 2,
        Extended = 4,
    }

    public static PatternNode Parse(string pattern)
    {
        if (pattern.Length > LongestPattern)
        {
            throw new CheckpointException($"A pattern has {pattern.Length} characters; at most {LongestPattern} are allowed.");
        }

        var parser = new PatternParser(pattern);
        PatternNode node = parser.Choices(Options.None);
        return parser._reader.AtEnd ? node : throw parser._reader.Wrong("a ')' without its '('");
    }

    private PatternNode Choices(Options options)
    {
        if (++_depth > DeepestNesting)
        {
            throw _reader.Wrong($"groups nested deeper than {DeepestNesting}");
        }

        var choices = new List<PatternNode>();
        do
        {
            choices.Add(Parts(options));
        }
        while (_reader.Take("|"));
        _depth--;
        return choices.Count == 1 ? choices[0] : new AnyOf(choices);
    }

    private PatternNode Parts(Options options)
    {
        var parts = new List<PatternNode>();
        while (!_reader.AtEnd && !_reader.Sees("|") && !_reader.Sees(")"))
        {
            if (options.HasFlag(Options.Extended) && _reader.SkipExtendedSpace())
            {
                continue;
            }

            if (Part(options) is { } part)
            {
                parts.Add(Quantified(part));
            }
        }

        return parts.Count == 1 ? parts[0] : new InOrder(parts);
    }

    private PatternNode? Part(Options options)
    {
        int scalar = _reader.Next();
        switch (scalar)
        {
            case '(':
                return Group(options);
            case '[':
                return new OneOf(new CharacterClassParser(_reader, options.HasFlag(Options.IgnoreCase)).Parse());
            case '.':
                return new OneOf(options.HasFlag(Options.DotMatchesNewLine) ? CharacterSet.Any : CharacterSet.NotNewLine);
            case '^':
                return new Anchored(Anchor.LineStart);
            case '$':
                return new Anchored(Anchor.LineEnd);
            case '\\':
                return Escape(options);
            case '*' or '+' or '?':
                throw _reader.Wrong("a repetition of nothing");
            default:
                return Member(CharacterSet.Single(scalar), options);
        }
    }

    private static OneOf Member(CharacterSet set, Options options) =>
        new(options.HasFlag(Options.IgnoreCase) ? set.IgnoreCase() : set);

    private PatternNode Escape(Options options)
    {
        if (_reader.AnchorEscape() is { } anchor)
        {
            return new Anchored(anchor);
        }

        if (_reader.Take("R"))
        {
            PatternNode newLine = new OneOf(new CharacterSet(scalar => scalar is (>= 0x0A and <= 0x0D) or 0x85 or 0x2028 or 0x2029));
            PatternNode pair = new InOrder([new OneOf(CharacterSet.Single('\r')), new OneOf(CharacterSet.Single('\n'))]);
            return new Atomic(new AnyOf([pair, newLine]));
        }

        return Member(_reader.EscapedSet() ?? CharacterSet.Single(_reader.EscapedScalar()), options);
    }

    private PatternNode? Group(Options options)
    {
        if (_reader.Take("?#"))
        {
            _reader.SkipTo(')');
            return null;
        }

        if (!_reader.Take("?"))
        {
            return Closed(Choices(options));
        }

        foreach ((string sign, Func<PatternNode, PatternNode> make) in GroupKinds)
        {
            if (_reader.Take(sign))
            {
                return Closed(make(Choices(options)));
            }
        }

        if (_reader.Take("<"))
        {
            _reader.SkipTo('>');
            return Closed(Choices(options));
        }

        (Options changed, bool hasBody) = OptionLetters(options);
        // Without a body the options hold for the rest of the enclosing group, its further choices included.
        return hasBody ? Closed(Choices(changed)) : Choices(changed);
    }

    private static readonly (string Sign, Func<PatternNode, PatternNode> Make)[] GroupKinds =
    [
        (":", body => body),
        ("=", body => new Look(body, Ahead: true, Negative: false)),
        ("!", body => new Look(body, Ahead: true, Negative: true)),
        ("<=", body => new Look(body, Ahead: false, Negative: false)),
        ("<!", body => new Look(body, Ahead: false, Negative: true)),
        (">", body => new Atomic(body)),
    ];

    private (Options Options, bool HasBody) OptionLetters(Options options)
    {
        bool set = true;
        while (true)
        {
            int letter = _reader.Next();
            if (letter is ':' or ')')
            {
                return (options, letter == ':');
            }

            Options option = letter switch
            {
                'i' => Options.IgnoreCase,
                'm' => Options.DotMatchesNewLine,
                'x' => Options.Extended,
                '-' => Options.None,
                _ => throw _reader.Wrong($"the group '(?{char.ConvertFromUtf32(letter)}', which is not supported"),
            };
            set &= letter != '-';
            options = set ? options | option : options & ~option;
        }
    }

    private PatternNode Closed(PatternNode body) => _reader.Take(")") ? body : throw _reader.Wrong("a '(' without its ')'");

    private PatternNode Quantified(PatternNode body)
    {
        for (int count = 1; Bounds() is var (least, most, isInterval); count++)
        {
            if (count > MostQuantifiers)
            {
                throw _reader.Wrong($"more than {MostQuantifiers} repetitions of one part");
            }

            Greed greed = Greed.Greedy;
            if (_reader.Take("?"))
            {
                // Ruby reads {n}? as "n times or not at all".
                (greed, least) = isInterval && least == most ? (Greed.Greedy, 0) : (Greed.Lazy, least);
                if (isInterval && least == 0 && greed == Greed.Greedy)
                {
                    body = new Repeated(new Repeated(body, most, most, Greed.Greedy), 0, 1, Greed.Greedy);
                    continue;
                }
            }
            else if (!isInterval && _reader.Take("+"))
            {
                greed = Greed.Possessive;
            }

            body = new Repeated(body, least, most, greed);
        }

        return body;
    }

    private (int Least, int Most, bool IsInterval)? Bounds()
    {
        if (_reader.Take("*"))
        {
            return (0, -1, false);
        }

        if (_reader.Take("+"))
        {
            return (1, -1, false);
        }

        if (_reader.Take("?"))
        {
            return (0, 1, false);
        }

        if (_reader.Interval() is not var (least, most))
        {
            return null;
        }

        return least <= MostRepeats && most <= MostRepeats && (most < 0 || least <= most)
            ? (least, most, true)
            : throw _reader.Wrong($"a repetition outside [0, {MostRepeats}] or with its bounds swapped");
    }
}
