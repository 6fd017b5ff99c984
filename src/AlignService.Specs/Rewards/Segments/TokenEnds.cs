using System.Text;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Segments;

/// <summary>Where the text ends after each of a list of tokens.</summary>
internal sealed class TokenEnds
{
    private readonly int[] _ends;

    private TokenEnds(string text, int[] ends) => (Text, _ends) = (text, ends);

    /// <summary>What the tokens decode to.</summary>
    public string Text { get; }

    public static TokenEnds Of(Tokenizer tokenizer, IReadOnlyList<int> ids, bool skipSpecialTokens)
    {
        StreamingDecoder decoder = tokenizer.CreateDecoder(skipSpecialTokens);
        StringBuilder text = new();
        int[] ends = new int[ids.Count];
        for (int i = 0; i < ids.Count; i++)
        {
            text.Append(decoder.Append(ids[i]));
            ends[i] = text.Length;
        }

        text.Append(decoder.Finish());
        return new(text.ToString(), ends);
    }

    /// <summary>Characters of the text before a token; at the number of tokens, all characters.</summary>
    public int EndBefore(int token) => token == 0 ? 0 : _ends[token - 1];

    /// <summary>The token that completes the text's first characters.</summary>
    /// <param name="length">Characters, at least 1.</param>
    public int TokenAt(int length)
    {
        int token = Array.FindIndex(_ends, end => end >= length);
        return token >= 0 ? token : _ends.Length - 1;
    }
}
