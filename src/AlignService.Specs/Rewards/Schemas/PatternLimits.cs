using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>How patterns of jobs are compiled, in rewards and in schemas: without backtracking, so that no completion can make a match take exponential time, and bounded besides.</summary>
internal static class PatternLimits
{
    /// <summary>In characters; a pattern is compiled in time that grows faster than its length.</summary>
    public const int Longest = 10_000;

    /// <summary>Of one match: even without backtracking, the states of a large pattern can be many for each character.</summary>
    public static readonly TimeSpan OfOneMatch = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">It is no pattern.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking, or far too many states.</exception>
    public static Regex Compile(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, OfOneMatch);
}
