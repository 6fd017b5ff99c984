using System.Text;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>The tokens of a single character, found without hashing a string.</summary>
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

    /// <summary>The id of the token that is this character alone; -1 if there is none, or for half of a surrogate pair.</summary>
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
