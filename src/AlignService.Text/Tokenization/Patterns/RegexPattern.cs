using System.Runtime.CompilerServices;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>
/// A regular expression with Oniguruma's syntax and semantics: over Unicode scalar values, leftmost match, the first alternative that matches. A custom engine
/// because .NET's sees UTF-16 units, so its sets miss every character beyond U+FFFF.
/// </summary>
internal sealed class RegexPattern : IPattern
{
    private readonly string _pattern;
    private readonly PatternInstruction[] _program;
    private readonly int _registerCount;

    public RegexPattern(string pattern)
    {
        _pattern = pattern;
        (_program, _registerCount) = PatternCompiler.Compile(pattern);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches, CancellationToken cancellationToken)
    {
        var machine = new PatternMachine(_pattern, _program, text, stackalloc int[256], new int[_registerCount]);
        int lastEnd = -1;
        for (int start = 0; start <= text.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = machine.Match(start);
            // An empty match right behind another match is none.
            if (end > start || (end == start && end != lastEnd))
            {
                matches.Add(new PatternMatch(start, end));
                lastEnd = end;
            }

            start = end > start ? end : start + LengthAt(text, start);
        }
    }

    private static int LengthAt(ReadOnlySpan<char> text, int index)
    {
        int length = 1;
        if (index < text.Length)
        {
            UnicodeClass.ScalarAt(text, index, out length);
        }

        return length;
    }
}
