namespace AlignService.Text.Tokenization.Decoders;

/// <summary>Removes a character from the ends of every token, so many times at most on either side.</summary>
internal sealed class StripDecoder(string content, int startCount, int stopCount) : IDecoder
{
    public int StopCount => stopCount;

    public List<string> Decode(List<string> tokens, bool atStart) => [.. tokens.Select(Strip)];

    private string Strip(string token)
    {
        int start = 0;
        for (int i = 0; i < startCount && string.CompareOrdinal(token, start, content, 0, content.Length) == 0; i++)
        {
            start += content.Length;
        }

        int end = token.Length;
        for (int i = 0; i < stopCount && end - content.Length >= start && token.AsSpan(0, end).EndsWith(content, StringComparison.Ordinal); i++)
        {
            end -= content.Length;
        }

        return token[start..end];
    }
}
