using System.Diagnostics.CodeAnalysis;

namespace AlignService.Text.Tokenization;

/// <summary>The tokens by id and by text. Ids may have gaps; of several tokens with one id the last stands.</summary>
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
