using System.Text;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Segments;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Inputs;

/// <summary>The input of a process reward model, and the tokens at which its segments end.</summary>
/// <param name="tokenizer">The process reward model's, with its chat template.</param>
/// <param name="ending">Ends a segment in completions.</param>
/// <param name="tag">What the model reads at the end of every segment instead; null: what the completion has.</param>
public sealed class ProcessRewardInput(Tokenizer tokenizer, string ending, string? tag)
{
    private readonly RewardInput _input = new(tokenizer);

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
        TokenEnds ends = TokenEnds.Of(tokenizer, ids, skipSpecialTokens: false);

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
