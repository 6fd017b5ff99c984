namespace AlignService.Model.Sampling;

/// <summary>
/// Finds stop strings in text that arrives in pieces, wherever the pieces break. Of several, the one that ends first counts; of
/// those that end together the longest; so the outcome depends on the text, not on its tokens.
/// </summary>
internal sealed class StopStringMatcher(IReadOnlyList<string> stopStrings)
{
    private string _held = "";

    /// <summary>A stop string is complete; nothing is shown from here on.</summary>
    public bool IsMatched { get; private set; }

    /// <summary>The text that can now be shown: before a stop string, or certainly not part of one.</summary>
    public string Append(string piece)
    {
        if (IsMatched || (stopStrings.Count == 0 && _held.Length == 0))
        {
            return IsMatched ? "" : piece;
        }

        string pending = _held + piece;
        for (int end = _held.Length + 1; end <= pending.Length; end++)
        {
            int length = LongestEndingAt(pending.AsSpan(0, end));
            if (length > 0)
            {
                IsMatched = true;
                _held = "";
                return pending[..(end - length)];
            }
        }

        int heldLength = PossibleStartLength(pending);
        _held = pending[^heldLength..];
        return pending[..^heldLength];
    }

    /// <summary>At the end of the text: what was held back as the possible start of a stop string.</summary>
    public string Flush()
    {
        string held = _held;
        _held = "";
        return held;
    }

    private int LongestEndingAt(ReadOnlySpan<char> text)
    {
        int longest = 0;
        foreach (string stop in stopStrings)
        {
            if (stop.Length > longest && text.EndsWith(stop, StringComparison.Ordinal))
            {
                longest = stop.Length;
            }
        }

        return longest;
    }

    private int PossibleStartLength(string text)
    {
        int longest = 0;
        foreach (string stop in stopStrings)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                }
            }
        }

        return longest;
    }
}
