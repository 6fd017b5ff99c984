using System.Diagnostics.CodeAnalysis;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>The workspace of one encoding at a time: scratch space, and recently seen words with their ids. Bounded in size.</summary>
internal sealed class SubwordWorkspace
{
    private const int MostWords = 50_000;
    private const int LongestWord = 48;

    /// <summary>In symbols. Scratch space for more costs less to make than to keep: a word of a million characters takes 40 MB, in each workspace of each tokenizer.</summary>
    private const int LongestKept = 16_384;

    private readonly Dictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _wordsBySpan;

    public SubwordWorkspace() => _wordsBySpan = _words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The symbols of the current word.</summary>
    public List<int> Symbols { get; private set; } = [];

    public SymbolChain Chain { get; private set; } = new();

    /// <summary>Gives up the space that an unusually long word took.</summary>
    public void Trim()
    {
        if (Symbols.Capacity > LongestKept)
        {
            (Symbols, Chain) = ([], new SymbolChain());
        }
    }

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
