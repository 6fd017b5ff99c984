using System.Runtime.CompilerServices;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Runs a compiled pattern over one text, with backtracking. The work is bounded: patterns are untrusted.</summary>
internal ref struct PatternMachine(
    string pattern, PatternInstruction[] program, ReadOnlySpan<char> text, Span<int> stack, int[] registers)
{
    private const int NoMatch = -1;
    private const int FrameSize = 3;

    // What one text may cost: generous for the patterns of real tokenizers, a few seconds for one that explodes.
    private const long StepsBase = 500_000_000;
    private const long StepsPerCharacter = 2_000;

    private readonly ReadOnlySpan<char> _text = text;
    private Span<int> _stack = stack;
    private int _depth;
    private long _stepsLeft = StepsBase + (StepsPerCharacter * text.Length);

    /// <summary>Where the match that starts at a position ends, or -1.</summary>
    public int Match(int start) => Run(0, start);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Run(int counter, int position)
    {
        int bottom = _depth;
        while (true)
        {
            if (--_stepsLeft < 0)
            {
                throw new CheckpointException($"The pattern '{pattern}' takes more steps than allowed on a text of {_text.Length} characters.");
            }

            ref readonly PatternInstruction step = ref program[counter];
            bool isFine = true;
            switch (step.Operation)
            {
                case PatternOperation.Match:
                    _depth = bottom;
                    return position;
                case PatternOperation.One:
                    isFine = position < _text.Length && step.Set!.Contains(UnicodeClass.ScalarAt(_text, position, out int length)) &&
                        Advance(ref position, length);
                    counter++;
                    break;
                case PatternOperation.Run:
                    counter++;
                    isFine = TakeRun(in step, counter, ref position);
                    break;
                case PatternOperation.Jump:
                    counter = step.A;
                    break;
                case PatternOperation.Split:
                    if (step.Set is { } first && position < _text.Length && _text[position] < 0x80 && !first.Contains(_text[position]))
                    {
                        counter = step.B;
                        break;
                    }

                    Push(step.B, position, position);
                    counter = step.A;
                    break;
                case PatternOperation.Anchor:
                    isFine = Holds((Anchor)step.A, position);
                    counter++;
                    break;
                case PatternOperation.Mark:
                    Push(-1, step.A, registers[step.A]);
                    registers[step.A] = position;
                    counter++;
                    break;
                case PatternOperation.SkipIfEmpty:
                    counter = registers[step.A] == position ? step.B : counter + 1;
                    break;
                default:
                    isFine = Sub(step, counter + 1, ref position);
                    counter = step.A;
                    break;
            }

            if (!isFine && !GoBack(bottom, ref counter, ref position))
            {
                return NoMatch;
            }
        }
    }

    private static bool Advance(ref int position, int length)
    {
        position += length;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TakeRun(in PatternInstruction step, int next, ref int position)
    {
        int count = 0;
        int leastEnd = position;
        CharacterSet set = step.Set!; // a step of this kind has one
        while (position < _text.Length && count != step.B)
        {
            int length = 1;
            char unit = _text[position];
            if (!(unit < 0x80 ? set.ContainsAscii(unit) : set.Contains(UnicodeClass.ScalarAt(_text, position, out length))))
            {
                break;
            }

            position += length;
            count++;
            leastEnd = count <= step.A ? position : leastEnd;
        }

        _stepsLeft -= count;
        if (count > step.A)
        {
            Push(next, position, leastEnd);
        }

        return count >= step.A;
    }

    private bool Sub(PatternInstruction step, int body, ref int position)
    {
        switch (step.Operation)
        {
            case PatternOperation.Atomic:
                int end = Run(body, position);
                position = end == NoMatch ? position : end;
                return end != NoMatch;
            case PatternOperation.LookAhead:
                return Run(body, position) != NoMatch;
            case PatternOperation.LookAheadNot:
                return Run(body, position) == NoMatch;
            default:
                int start = Back(position, step.B);
                bool isThere = start >= 0 && Run(body, start) == position;
                return isThere == (step.Operation == PatternOperation.LookBehind);
        }
    }

    private readonly int Back(int position, int count)
    {
        for (; count > 0 && position > 0; count--)
        {
            UnicodeClass.ScalarBefore(_text, position, out int length);
            position -= length;
        }

        return count == 0 ? position : NoMatch;
    }

    // A frame is (where to go on, place, least place): a run gives back one character at a time until its least place.
    // A frame with -1 restores a register instead.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool GoBack(int bottom, ref int counter, ref int position)
    {
        while (_depth > bottom)
        {
            _depth -= FrameSize;
            int next = _stack[_depth];
            int place = _stack[_depth + 1];
            int least = _stack[_depth + 2];
            if (next < 0)
            {
                registers[place] = least;
                continue;
            }

            (counter, position) = (next, place);
            if (place > least)
            {
                UnicodeClass.ScalarBefore(_text, place, out int length);
                position = place - length;
                if (position > least)
                {
                    Push(next, position, least);
                }
            }

            return true;
        }

        return false;
    }

    private void Push(int next, int place, int least)
    {
        if (_depth + FrameSize > _stack.Length)
        {
            int[] grown = new int[_stack.Length * 2];
            _stack.CopyTo(grown);
            _stack = grown;
        }

        _stack[_depth] = next;
        _stack[_depth + 1] = place;
        _stack[_depth + 2] = least;
        _depth += FrameSize;
    }

    private readonly bool Holds(Anchor anchor, int position) => anchor switch
    {
        Anchor.TextStart => position == 0,
        Anchor.TextEnd => position == _text.Length,
        Anchor.TextEndOrLastNewLine => position == _text.Length || (position == _text.Length - 1 && _text[position] == '\n'),
        Anchor.LineStart => position == 0 || (_text[position - 1] == '\n' && position < _text.Length),
        Anchor.LineEnd => position == _text.Length || _text[position] == '\n',
        Anchor.WordBoundary => IsBoundary(position),
        _ => !IsBoundary(position),
    };

    private readonly bool IsBoundary(int position)
    {
        bool before = position > 0 && UnicodeClass.IsOnigurumaWord(UnicodeClass.ScalarBefore(_text, position, out _));
        bool after = position < _text.Length && UnicodeClass.IsOnigurumaWord(UnicodeClass.ScalarAt(_text, position, out _));
        return before != after;
    }
}
