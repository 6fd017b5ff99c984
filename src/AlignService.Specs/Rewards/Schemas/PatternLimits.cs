using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>How patterns of jobs are compiled, in rewards and in schemas: without backtracking, so that no completion can make a match take exponential time, and bounded besides.</summary>
internal static class PatternLimits
{
    /// <summary>In characters; a pattern is compiled in time that grows faster than its length.</summary>
    private const int Longest = 10_000;

    /// <summary>Compiling splits all characters into those that no part of the pattern tells apart, in time that is quadratic in the number of different parts: 900 classes take half a minute.</summary>
    private const int MostSets = 150;

    /// <summary>Of all different classes together.</summary>
    private const int MostClassCharacters = 2_000;

    /// <summary>Of one match: even without backtracking, the states of a large pattern can be many for each character.</summary>
    public static readonly TimeSpan OfOneMatch = TimeSpan.FromSeconds(1);

    /// <summary>Why a pattern would take too long to compile, as the rest of a sentence; null where it would not.</summary>
    public static string? FindFault(string pattern)
    {
        if (pattern.Length > Longest)
        {
            return $"has {pattern.Length} characters; at most {Longest} are allowed";
        }

        HashSet<string> sets = [.. Sets(pattern)];
        int classCharacters = sets.Where(set => set[0] == '[').Sum(set => set.Length);
        return sets.Count > MostSets ? $"has {sets.Count} different characters and classes of characters; at most {MostSets} are allowed. Split it, or use a script"
            : classCharacters > MostClassCharacters ? $"has different classes of characters of {classCharacters} characters together; at most {MostClassCharacters} are allowed. Split it, or use a script"
            : null;
    }

    /// <exception cref="ArgumentException">It is no pattern.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking, or far too many states.</exception>
    public static Regex Compile(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, OfOneMatch);

    /// <summary>What matches one character each: literals, escapes and classes, as they are written. Names of groups and the like are among them, which does no harm.</summary>
    private static IEnumerable<string> Sets(string pattern)
    {
        for (int start = 0, end; start < pattern.Length; start = end)
        {
            end = pattern[start] switch
            {
                '\\' => EndOfEscape(pattern, start),
                '[' => EndOfClass(pattern, start),
                _ => start + 1,
            };
            if (pattern[start] is not ('(' or ')' or '|' or '*' or '+' or '?' or '^' or '$'))
            {
                yield return pattern[start..end];
            }
        }
    }

    private static int EndOfEscape(string pattern, int start)
    {
        int length = start + 1 == pattern.Length ? 1 : pattern[start + 1] switch
        {
            'u' => 6,
            'x' => 4,
            'c' => 3,
            'p' or 'P' when pattern.IndexOf('}', start) is >= 0 and int close => close + 1 - start,
            _ => 2,
        };
        return Math.Min(start + length, pattern.Length);
    }

    /// <summary>Behind the bracket that closes the class, those within it included; a first ] is a member.</summary>
    private static int EndOfClass(string pattern, int start)
    {
        int depth = 0;
        for (int i = start; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    break;
                case '[' when i == start || pattern[i - 1] == '-':
                    depth++;
                    i += i + 1 < pattern.Length && pattern[i + 1] == '^' ? 1 : 0;
                    i += i + 1 < pattern.Length && pattern[i + 1] == ']' ? 1 : 0;
                    break;
                case ']' when --depth == 0:
                    return i + 1;
            }
        }

        return pattern.Length;
    }
}
