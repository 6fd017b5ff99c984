using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>The tokens by id and by text. Ids may have gaps; of several tokens with one id, the last one is used.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, string> _texts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;

    public Vocabulary(int capacity)
    {
        _ids = new(capacity, StringComparer.Ordinal);
        _texts = new(capacity);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _ids.Count;

    /// <summary>One more than the highest id; 0 where there is no token.</summary>
    public int IdBound { get; private set; }

    public IEnumerable<KeyValuePair<string, int>> Tokens => _ids;

    public IEnumerable<int> Ids => _texts.Keys;

    public void Add(string text, int id)
    {
        _ids[text] = id;
        _texts[id] = text;
        IdBound = Math.Max(IdBound, id + 1);
    }

    public int? Id(string text) => _ids.TryGetValue(text, out int id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> text, out int id) => _idsBySpan.TryGetValue(text, out id);

    public bool TryGetText(int id, [NotNullWhen(true)] out string? text) => _texts.TryGetValue(id, out text);

    public Vocabulary Copy()
    {
        var copy = new Vocabulary(Count);
        foreach ((string text, int id) in _ids)
        {
            copy.Add(text, id);
        }

        return copy;
    }
}

/// <summary>Lookup of single-character tokens without hashing a string.</summary>
internal sealed class CharacterTokens
{
    // The scripts of most texts, and the visible space U+2581.
    private const int TableSize = 0x3000;
    private const int Absent = -1;

    private readonly int[] _table = new int[TableSize];
    private readonly Dictionary<int, int> _rest = [];

    public CharacterTokens(Vocabulary vocabulary)
    {
        Array.Fill(_table, Absent);
        foreach ((string text, int id) in vocabulary.Tokens)
        {
            if (text.Length is 1 or 2 && Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length)
            {
                Add(rune.Value, id);
            }
        }
    }

    /// <summary>The id of the token with just this character; -1 if there is none, or for half of a surrogate pair.</summary>
    public int IdOf(int scalar) => scalar < TableSize ? _table[scalar] : _rest.GetValueOrDefault(scalar, Absent);

    private void Add(int scalar, int id)
    {
        if (scalar < TableSize)
        {
            _table[scalar] = id;
        }
        else
        {
            _rest[scalar] = id;
        }
    }
}
