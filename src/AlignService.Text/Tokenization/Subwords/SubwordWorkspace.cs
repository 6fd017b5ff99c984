using System.Diagnostics.CodeAnalysis;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>The workspace of one encoding at a time: scratch space, and recently seen words with their ids. Bounded in size.</summary>
internal sealed class SubwordWorkspace
{
    private const int MostWords = 50_000;
    private const int LongestWord = 48;

    private readonly Dictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _wordsBySpan;

    public SubwordWorkspace() => _wordsBySpan = _words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The symbols of the current word.</summary>
    public List<int> Symbols { get; } = [];

    public SymbolChain Chain { get; } = new();

    public bool TryGetWord(ReadOnlySpan<char> word, [NotNullWhen(true)] out int[]? ids)
    {
        ids = null;
        return word.Length <= LongestWord && _wordsBySpan.TryGetValue(word, out ids);
    }

    public void Remember(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > LongestWord)
        {
            return;
        }

        if (_words.Count >= MostWords)
        {
            _words.Clear();
        }

        _wordsBySpan[word] = ids.ToArray();
    }
}
