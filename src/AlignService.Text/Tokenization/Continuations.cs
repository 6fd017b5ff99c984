namespace AlignService.Text.Tokenization;

/// <summary>
/// Where a prompt ends and its completion begins, for sampling, supervised, preference and policy training alike. Two rules, whatever the kind of tokenizer:
/// <list type="bullet">
/// <item>A prompt that is to be continued has what the post-processor puts before a text, never what it puts after: an end token would end it.</item>
/// <item>A completion's ids are those that continue the prompt's: no begin token, no blank that the tokenizer puts before a text, no token that reaches over the border.
/// Prompt ids and completion ids together decode to what prompt and completion as one text decode to.</item>
/// </list>
/// </summary>
public static class Continuations
{
    /// <summary>Texts whose tokens join no others; behind one, a completion is encoded as in the middle of a text.</summary>
    private static readonly string[] Anchors = ["\n", ".", "0", "a", "?", "}"];

    /// <summary>The ids of a plain text that is to be continued.</summary>
    public static int[] EncodePrompt(this Tokenizer tokenizer, string text) => tokenizer.Until(CancellationToken.None).EncodePrompt(text);

    /// <summary>As <see cref="EncodePrompt(Tokenizer, string)"/>.</summary>
    public static int[] EncodePrompt(this StoppableTokenizer tokenizer, string text)
    {
        int[] ids = tokenizer.Encode(text, addSpecialTokens: true);
        int appendedCount = tokenizer.Tokenizer.AppendedCount;
        return appendedCount == 0 ? ids : ids[..^appendedCount];
    }

    /// <summary>The ids of a completion behind its prompt.</summary>
    /// <param name="tokenizer">The policy's.</param>
    /// <param name="promptIds">Of the prompt.</param>
    /// <param name="prompt">The prompt as text: plain, or rendered.</param>
    /// <param name="completion">What continues it.</param>
    /// <param name="isRendered">A template wrote the special tokens of the prompt, so the tokenizer adds none.</param>
    /// <returns>Null where no ids continue the prompt's such that both decode to the whole text.</returns>
    public static int[]? EncodeCompletion(this Tokenizer tokenizer, IReadOnlyList<int> promptIds, string prompt, string completion, bool isRendered) =>
        tokenizer.Until(CancellationToken.None).EncodeCompletion(promptIds, prompt, completion, isRendered);

    /// <summary>As <see cref="EncodeCompletion(Tokenizer, IReadOnlyList{int}, string, string, bool)"/>.</summary>
    public static int[]? EncodeCompletion(this StoppableTokenizer tokenizer, IReadOnlyList<int> promptIds, string prompt, string completion, bool isRendered)
    {
        int[] start = [.. promptIds];
        string text = prompt + completion;
        int[] whole = isRendered ? tokenizer.Encode(text, addSpecialTokens: false) : tokenizer.EncodePrompt(text);
        if (whole.AsSpan().StartsWith(start))
        {
            return whole[start.Length..];
        }

        // A token of the whole text reaches over the border, so the completion is encoded by itself: as it stands, or behind something that it cannot join.
        string expected = tokenizer.Tokenizer.Decode(whole, skipSpecialTokens: false);
        return Candidates(tokenizer, completion).FirstOrDefault(ids => tokenizer.Tokenizer.Decode([.. start, .. ids], skipSpecialTokens: false) == expected);
    }

    private static IEnumerable<int[]> Candidates(StoppableTokenizer tokenizer, string completion)
    {
        yield return tokenizer.Encode(completion, addSpecialTokens: false);
        foreach (string anchor in Anchors)
        {
            int[] before = tokenizer.Encode(anchor, addSpecialTokens: false), both = tokenizer.Encode(anchor + completion, addSpecialTokens: false);
            if (both.AsSpan().StartsWith(before))
            {
                yield return both[before.Length..];
            }
        }
    }
}
