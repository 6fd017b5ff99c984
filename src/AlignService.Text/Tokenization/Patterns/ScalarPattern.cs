using System.Runtime.CompilerServices;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Matches every single character of a class.</summary>
internal sealed class ScalarPattern(Func<int, bool> isMember) : IPattern
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        for (int i = 0; i < text.Length;)
        {
            int scalar = UnicodeClass.ScalarAt(text, i, out int length);
            if (isMember(scalar))
            {
                matches.Add(new PatternMatch(i, i + length));
            }

            i += length;
        }
    }
}
