using System.Buffers;

namespace AlignService.Model.Tokenization.Subwords;

/// <summary>
/// Characters before which no merge ever reaches, so that a long piece can be encoded word by word with the same result. A character qualifies
/// if it is a token, and every merge whose right side begins with it has it at the end of the left side too. SentencePiece vocabularies whose
/// whole text is one piece have one: the visible space.
/// </summary>
internal sealed class WordStarts
{
    private readonly SearchValues<char> _starts;

    private WordStarts(SearchValues<char> starts) => _starts = starts;

    /// <param name="merges">The texts of both sides.</param>
    public static WordStarts Find(Vocabulary vocabulary, IEnumerable<(string Left, string Right)> merges)
    {
        var joined = new HashSet<char>();
        var begun = new HashSet<char>();
        foreach ((string left, string right) in merges)
        {
            begun.Add(left[0]);
            if (left[^1] != right[0])
            {
                joined.Add(right[0]);
            }
        }

        begun.ExceptWith(joined);
        begun.RemoveWhere(unit => char.IsSurrogate(unit) || vocabulary.Id(unit.ToString()) is null);
        return new WordStarts(SearchValues.Create([.. begun]));
    }

    public int LengthOfFirstWord(ReadOnlySpan<char> piece)
    {
        for (int i = 1; i < piece.Length; i++)
        {
            int offset = piece[i..].IndexOfAny(_starts);
            if (offset < 0)
            {
                break;
            }

            i += offset;
            if (piece[i] != piece[i - 1])
            {
                return i;
            }
        }

        return piece.Length;
    }
}
