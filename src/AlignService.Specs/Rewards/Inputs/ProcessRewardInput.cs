using System.Text;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Segments;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Inputs;

/// <summary>The input of a process reward model, and the tokens at which its segments end.</summary>
/// <param name="rows">The process reward model's tokenizer, with its chat template, and the rows of its embedding.</param>
/// <param name="ending">Ends a segment in completions.</param>
/// <param name="tag">What the model reads at the end of every segment instead; null: what the completion has.</param>
public sealed class ProcessRewardInput(EmbeddingRows rows, string ending, string? tag)
{
    private readonly RewardInput _input = new(rows, CancellationToken.None);

    /// <param name="tokenizer">Of a model whose embedding has a row for each of its ids.</param>
    /// <param name="ending">Ends a segment in completions.</param>
    /// <param name="tag">What the model reads at the end of every segment instead; null: what the completion has.</param>
    public ProcessRewardInput(Tokenizer tokenizer, string ending, string? tag)
        : this(new EmbeddingRows(tokenizer, tokenizer.VocabularySize), ending, tag)
    {
    }

    /// <summary>Why the model cannot read ids, as a sentence; null where it can.</summary>
    public string? FindFault(IReadOnlyList<int> ids) => _input.FindFault(ids);

    /// <param name="prompt">Messages or plain text.</param>
    /// <param name="segments">Of the completion.</param>
    /// <param name="truncated">Whether it ended at its limit.</param>
    /// <returns>Token ids, and for each segment the index of the token that completes it; no index where the completion is not found in the decoded tokens.</returns>
    public (IReadOnlyList<int> Ids, IReadOnlyList<int> Ends) Encode(Prompt prompt, IReadOnlyList<CompletionSegment> segments, bool truncated)
    {
        StringBuilder text = new();
        List<int> lengths = [];
        foreach (CompletionSegment segment in segments)
        {
            text.Append(segment.Text).Append(tag ?? (segment.IsEnded ? ending : ""));
            lengths.Add(text.Length);
        }

        string completion = text.ToString();
        IReadOnlyList<int> ids = _input.Encode(prompt, completion, truncated);
        TokenEnds ends = TokenEnds.Of(rows.Tokenizer, ids, skipSpecialTokens: false);

        // Chat templates may trim a turn: then what is left of it is looked for.
        string trimmed = completion.Trim();
        int trimmedStart = completion.Length - completion.TrimStart().Length;
        int start = ends.Text.LastIndexOf(completion, StringComparison.Ordinal);
        int trimmedPlace = start >= 0 ? -1 : ends.Text.LastIndexOf(trimmed, StringComparison.Ordinal);
        if (trimmed.Length == 0 || (start < 0 && trimmedPlace < 0))
        {
            return (ids, []);
        }

        return (ids, [.. lengths.Select(length =>
            ends.TokenAt(start >= 0 ? start + length : trimmedPlace + Math.Clamp(length - trimmedStart, 1, trimmed.Length)))]);
    }
}
