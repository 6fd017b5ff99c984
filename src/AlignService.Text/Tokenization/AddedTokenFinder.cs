using System.Buffers;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization;

/// <summary>Finds added tokens in a text: leftmost, then longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, List<(string Sought, AddedToken Token)>> _byFirst = [];
    private readonly SearchValues<string> _sought;

    /// <param name="tokens">The tokens with the text to match for each.</param>
    public AddedTokenFinder(IEnumerable<(string Sought, AddedToken Token)> tokens)
    {
        foreach ((string sought, AddedToken token) in tokens.Where(token => token.Sought.Length > 0).OrderByDescending(token => token.Sought.Length))
        {
            if (!_byFirst.TryGetValue(sought[0], out List<(string, AddedToken)>? candidates))
            {
                _byFirst.Add(sought[0], candidates = []);
            }

            candidates.Add((sought, token));
        }

        _sought = SearchValues.Create([.. _byFirst.Values.SelectMany(candidates => candidates).Select(candidate => candidate.Sought)], StringComparison.Ordinal);
    }

    /// <summary>Splits the text into tokens and the text between them (<see cref="TextSegment.Token"/> null).</summary>
    public List<TextSegment> Split(string text)
    {
        var segments = new List<TextSegment>();
        int done = 0;
        for (int at = 0; Find(text, at) is var (start, length, token); at = start + length)
        {
            int end = start + length;
            if (token.SingleWord && (IsWordBefore(text, start) || IsWordAt(text, end)))
            {
                continue;
            }

            int from = token.LeftStrip ? Math.Max(start - SpaceBefore(text, start), done) : start;
            end += token.RightStrip ? SpaceAt(text, end) : 0;
            if (from > done)
            {
                segments.Add(new TextSegment(done, from - done, null));
            }

            // A token of spaces whose place an earlier one has swallowed is none.
            if (end > from)
            {
                segments.Add(new TextSegment(from, end - from, token));
            }

            done = end;
        }

        if (done < text.Length)
        {
            segments.Add(new TextSegment(done, text.Length - done, null));
        }

        return segments;
    }

    private (int Start, int Length, AddedToken Token)? Find(string text, int from)
    {
        if (_byFirst.Count == 0 || from >= text.Length || text.AsSpan(from).IndexOfAny(_sought) is not (>= 0 and int offset))
        {
            return null;
        }

        // Candidates stand in the order of their length, the longest first.
        int start = from + offset;
        (string sought, AddedToken token) = _byFirst[text[start]].Find(candidate =>
            string.CompareOrdinal(text, start, candidate.Sought, 0, candidate.Sought.Length) == 0);
        return (start, sought.Length, token);
    }

    private static bool IsWordBefore(string text, int index) => index > 0 && UnicodeClass.IsWord(UnicodeClass.ScalarBefore(text, index, out _));

    private static bool IsWordAt(string text, int index) => index < text.Length && UnicodeClass.IsWord(UnicodeClass.ScalarAt(text, index, out _));

    private static int SpaceBefore(string text, int index) => index - text.AsSpan(0, index).TrimEnd().Length;

    private static int SpaceAt(string text, int index) => text.Length - index - text.AsSpan(index).TrimStart().Length;
}

/// <summary>A part of a text: an added token, or (without one) the text between.</summary>
internal readonly record struct TextSegment(int Start, int Length, AddedToken? Token);
