namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Compiles a parsed pattern to instructions for <see cref="RegexPattern"/>.</summary>
internal sealed class PatternCompiler(string pattern)
{
    private const int MostInstructions = 20_000;

    private readonly List<PatternInstruction> _program = [];
    private int _registerCount;

    public static (PatternInstruction[] Program, int RegisterCount) Compile(string pattern)
    {
        var compiler = new PatternCompiler(pattern);
        compiler.Add(PatternParser.Parse(pattern));
        compiler.Emit(new(PatternOperation.Match));
        return ([.. compiler._program], compiler._registerCount);
    }

    private int Emit(PatternInstruction instruction)
    {
        if (_program.Count >= MostInstructions)
        {
            throw new CheckpointException($"The pattern '{pattern}' needs more than {MostInstructions} instructions; reduce its repetitions.");
        }

        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void Add(PatternNode node)
    {
        switch (node)
        {
            case OneOf one:
                Emit(new(PatternOperation.One, Set: one.Set));
                break;
            case Anchored anchored:
                Emit(new(PatternOperation.Anchor, (int)anchored.Anchor));
                break;
            case InOrder inOrder:
                foreach (PatternNode part in inOrder.Parts)
                {
                    Add(part);
                }

                break;
            case AnyOf anyOf:
                AddChoices(anyOf.Choices);
                break;
            case Atomic atomic:
                AddSub(PatternOperation.Atomic, 0, atomic.Body);
                break;
            case Look look:
                AddLook(look);
                break;
            case Repeated repeated:
                AddRepeated(repeated);
                break;
        }
    }

    private void AddChoices(IReadOnlyList<PatternNode> choices)
    {
        var exits = new List<int>();
        for (int i = 0; i < choices.Count - 1; i++)
        {
            int split = Emit(default);
            Add(choices[i]);
            exits.Add(Emit(default));
            _program[split] = new(PatternOperation.Split, split + 1, _program.Count, FirstCharacters(choices[i]));
        }

        Add(choices[^1]);
        foreach (int exit in exits)
        {
            _program[exit] = new(PatternOperation.Jump, _program.Count);
        }
    }

    private void AddSub(PatternOperation operation, int length, PatternNode body)
    {
        int start = Emit(default);
        Add(body);
        Emit(new(PatternOperation.Match));
        _program[start] = new(operation, _program.Count, length);
    }

    private void AddLook(Look look)
    {
        if (look.Ahead)
        {
            AddSub(look.Negative ? PatternOperation.LookAheadNot : PatternOperation.LookAhead, 0, look.Body);
            return;
        }

        // A look behind with choices of different lengths is one look behind a choice.
        IReadOnlyList<PatternNode> choices = look.Body is AnyOf anyOf ? anyOf.Choices : [look.Body];
        if (look.Negative)
        {
            foreach (PatternNode choice in choices)
            {
                AddSub(PatternOperation.LookBehindNot, FixedLength(choice), choice);
            }
        }
        else if (choices.Count == 1)
        {
            AddSub(PatternOperation.LookBehind, FixedLength(look.Body), look.Body);
        }
        else
        {
            AddChoices([.. choices.Select(choice => new Look(choice, Ahead: false, Negative: false))]);
        }
    }

    private void AddRepeated(Repeated repeated)
    {
        if (repeated.Greed == Greed.Possessive)
        {
            AddSub(PatternOperation.Atomic, 0, repeated with { Greed = Greed.Greedy });
            return;
        }

        if (repeated is { Body: OneOf one, Greed: Greed.Greedy })
        {
            Emit(new(PatternOperation.Run, repeated.Least, repeated.Most, one.Set));
            return;
        }

        for (int i = 0; i < repeated.Least; i++)
        {
            Add(repeated.Body);
        }

        if (repeated.Most < 0)
        {
            AddLoop(repeated);
            return;
        }

        var splits = new List<int>();
        for (int i = repeated.Least; i < repeated.Most; i++)
        {
            splits.Add(Emit(default));
            Add(repeated.Body);
        }

        foreach (int split in splits)
        {
            _program[split] = SplitTo(split + 1, _program.Count, repeated.Greed);
        }
    }

    private void AddLoop(Repeated repeated)
    {
        int split = Emit(default);
        int register = _registerCount++;
        Emit(new(PatternOperation.Mark, register));
        Add(repeated.Body);
        int check = Emit(default);
        Emit(new(PatternOperation.Jump, split));
        _program[check] = new(PatternOperation.SkipIfEmpty, register, _program.Count);
        _program[split] = SplitTo(split + 1, _program.Count, repeated.Greed);
    }

    private static PatternInstruction SplitTo(int body, int exit, Greed greed) =>
        greed == Greed.Lazy ? new(PatternOperation.Split, exit, body) : new(PatternOperation.Split, body, exit);

    // The characters that a match of the node can begin with; null where it can be empty or that is not easily told.
    private static CharacterSet? FirstCharacters(PatternNode node)
    {
        switch (node)
        {
            case OneOf one:
                return one.Set;
            case Atomic atomic:
                return FirstCharacters(atomic.Body);
            case Repeated { Least: > 0 } repeated:
                return FirstCharacters(repeated.Body);
            case AnyOf anyOf:
                CharacterSet?[] sets = [.. anyOf.Choices.Select(FirstCharacters)];
                return sets.Contains(null) ? null : CharacterSet.Empty.Union(sets!);
            case InOrder inOrder:
                return FirstCharacters(inOrder.Parts);
            default:
                return null;
        }
    }

    // Parts that may be left out add their characters to those of the next part.
    private static CharacterSet? FirstCharacters(IReadOnlyList<PatternNode> parts)
    {
        var sets = new List<CharacterSet>();
        foreach (PatternNode part in parts)
        {
            bool mayBeEmpty = part is Repeated { Least: 0, Body: OneOf };
            CharacterSet? set = mayBeEmpty ? ((OneOf)((Repeated)part).Body).Set : FirstCharacters(part);
            if (set is null)
            {
                return null;
            }

            sets.Add(set);
            if (!mayBeEmpty)
            {
                return CharacterSet.Empty.Union(sets);
            }
        }

        return null;
    }

    private int FixedLength(PatternNode node) => node switch
    {
        OneOf => 1,
        Anchored or Look => 0,
        Atomic atomic => FixedLength(atomic.Body),
        InOrder inOrder => inOrder.Parts.Sum(FixedLength),
        AnyOf anyOf when anyOf.Choices.Select(FixedLength).Distinct().Count() == 1 => FixedLength(anyOf.Choices[0]),
        Repeated repeated when repeated.Least == repeated.Most => repeated.Least * FixedLength(repeated.Body),
        _ => throw new CheckpointException($"The pattern '{pattern}' has a look-behind of variable length, which is not supported."),
    };
}
