using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Inputs;

/// <summary>
/// The input of a reward model, in scoring as in its training: the messages and the completion rendered by its own chat template, or prompt and completion as
/// plain text; then its end token, unless the completion was truncated.
/// </summary>
/// <param name="rows">The reward model's tokenizer, with its chat template, and the rows of its embedding.</param>
/// <param name="cancellationToken">Nobody waits for what is encoded any more: reaches into one long text.</param>
public sealed class RewardInput(EmbeddingRows rows, CancellationToken cancellationToken)
{
    private readonly Tokenizer _tokenizer = rows.Tokenizer;
    private readonly ChatRenderer? _renderer = ChatRenderer.For(rows.Tokenizer, cancellationToken);

    /// <param name="tokenizer">Of a model whose embedding has a row for each of its ids.</param>
    public RewardInput(Tokenizer tokenizer)
        : this(new EmbeddingRows(tokenizer, tokenizer.VocabularySize), CancellationToken.None)
    {
    }

    /// <summary>Why the model cannot read ids, as a sentence; null where it can.</summary>
    public string? FindFault(IReadOnlyList<int> ids) => rows.FindFault(ids);

    /// <param name="prompt">Messages or plain text.</param>
    /// <param name="completion">Without special tokens.</param>
    /// <param name="truncated">Whether it ended at its limit, not by an end token or a stop string.</param>
    /// <exception cref="RewardException">The prompt is messages, and there is no chat template.</exception>
    public IReadOnlyList<int> Encode(Prompt prompt, string completion, bool truncated)
    {
        int[] ids = prompt.Messages is null
            ? _tokenizer.Until(cancellationToken).EncodePrompt((prompt.Text ?? "") + completion)
            : _tokenizer.Until(cancellationToken).Encode(Render(prompt, prompt.Messages, completion), addSpecialTokens: false);
        return truncated || _tokenizer.EosId is not int end || EndsWith(ids, end) ? ids : [.. ids, end];
    }

    /// <summary>With the tools, which are part of the question; template arguments are for the policy only.</summary>
    private string Render(Prompt prompt, IReadOnlyList<PromptMessage> messages, string completion) =>
        _renderer?.Render([.. messages, new PromptMessage("assistant", completion)], addGenerationPrompt: false, prompt.ToolsJson)
        ?? throw new RewardException($"The prompts are messages, but the reward model's tokenizer has {ChatRenderer.Missing(_tokenizer)}; give plain text, or a reward model with a chat template.");

    /// <summary>A template may close the turn with the end token itself, and white space after it.</summary>
    private bool EndsWith(int[] ids, int end)
    {
        int last = Array.FindLastIndex(ids, id => id == end || !string.IsNullOrWhiteSpace(_tokenizer.Decode([id], skipSpecialTokens: false)));
        return last >= 0 && ids[last] == end;
    }
}
