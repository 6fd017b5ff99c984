using System.Runtime.CompilerServices;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>
/// Positions that no merge ever crosses, so a piece can be encoded part by part with the same result. Between two characters, both of them
/// tokens, there is such a position if no merge joins a token that ends with the first to one that starts with the second. A vocabulary whose whole
/// text is one piece is split into words that way, which are cached.
/// </summary>
internal sealed class MergeBoundaries
{
    // Covers the alphabet of byte-level vocabularies.
    private const int TableSize = 0x144;

    private readonly bool[] _isBoundary = new bool[TableSize * TableSize];
    private readonly HashSet<int> _joined = [];
    private readonly CharacterTokens _tokens;

    /// <param name="merges">The texts of both sides.</param>
    public MergeBoundaries(CharacterTokens tokens, IEnumerable<(string Left, string Right)> merges)
    {
        _tokens = tokens;
        foreach ((string left, string right) in merges)
        {
            _joined.Add(Pair(left[^1], right[0]));
        }

        for (int first = 0; first < TableSize; first++)
        {
            for (int second = 0; second < TableSize; second++)
            {
                _isBoundary[(first * TableSize) + second] = IsNeverJoined((char)first, (char)second);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int LengthOfFirstPart(ReadOnlySpan<char> piece)
    {
        for (int i = 1; i < piece.Length; i++)
        {
            if (IsBoundary(piece[i - 1], piece[i]))
            {
                return i;
            }
        }

        return piece.Length;
    }

    private static int Pair(char first, char second) => (first << 16) | second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsBoundary(char first, char second) => first < TableSize && second < TableSize
        ? _isBoundary[(first * TableSize) + second]
        : IsNeverJoined(first, second);

    private bool IsNeverJoined(char first, char second) =>
        !_joined.Contains(Pair(first, second)) && _tokens.IdOf(first) >= 0 && _tokens.IdOf(second) >= 0;
}
