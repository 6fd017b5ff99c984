using AlignService.Specs.Data;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Prompts;

/// <summary>
/// Encodes prompts as token ids: messages with the chat template, without the tokenizer's own special tokens (the template writes them); plain text with them.
/// </summary>
/// <param name="rows">The policy's tokenizer, with its chat template, and the rows of its embedding.</param>
/// <param name="cancellationToken">Nobody waits for what is encoded any more: reaches into one long prompt.</param>
public sealed class PromptEncoder(EmbeddingRows rows, CancellationToken cancellationToken)
{
    private readonly StoppableTokenizer _tokenizer = rows.Tokenizer.Until(cancellationToken);
    private readonly ChatRenderer? _renderer = ChatRenderer.For(rows.Tokenizer, cancellationToken);

    /// <param name="tokenizer">Of a model whose embedding has a row for each of its ids.</param>
    public PromptEncoder(Tokenizer tokenizer)
        : this(new EmbeddingRows(tokenizer, tokenizer.VocabularySize), CancellationToken.None)
    {
    }

    /// <summary>Encodes all prompts and checks their length; none is ever truncated.</summary>
    /// <param name="prompts">The prompts of one source.</param>
    /// <param name="maxLength">Tokens.</param>
    /// <param name="overlong">What happens to longer ones.</param>
    /// <param name="messages">Receives a message about dropped prompts.</param>
    /// <exception cref="PromptDataException">Some prompts are too long and may not be dropped, or none are left.</exception>
    public IReadOnlyList<EncodedPrompt> Encode(IReadOnlyList<Prompt> prompts, int maxLength, OverlongPrompts overlong, ICollection<string> messages)
    {
        EncodedPrompt[] encoded = [.. prompts.Select(prompt => new EncodedPrompt(prompt, Encode(prompt)))];
        List<string> faults = [.. encoded.Where(prompt => prompt.Ids.Count > maxLength).Select(prompt => $"prompt {prompt.Prompt.Index}: {prompt.Ids.Count} tokens")];
        if (faults.Count == 0)
        {
            return encoded;
        }

        if (overlong == OverlongPrompts.Refuse || faults.Count == encoded.Length)
        {
            throw PromptDataException.Of(
                $"{faults.Count} of {encoded.Length} prompts are longer than {maxLength} tokens; raise max_prompt_length, lower max_completion_length, or set overlong_prompts to drop:", faults);
        }

        messages.Add($"{faults.Count} of {encoded.Length} prompts are longer than {maxLength} tokens and were dropped");
        return [.. encoded.Where(prompt => prompt.Ids.Count <= maxLength)];
    }

    /// <exception cref="PromptDataException">There is no chat template for messages, or there are no tokens.</exception>
    /// <exception cref="CheckpointException">The embedding has no row for one of the ids.</exception>
    public IReadOnlyList<int> Encode(Prompt prompt)
    {
        int[] ids = prompt.Messages is null ? _tokenizer.EncodePrompt(prompt.Text ?? "") : _tokenizer.Encode(Render(prompt, prompt.Messages), addSpecialTokens: false);
        return ids.Length > 0 ? rows.Require(ids, $"Prompt {prompt.Index}") : throw new PromptDataException($"Prompt {prompt.Index} has no tokens; give text that the tokenizer can encode.");
    }

    /// <summary>The prompt as its ids were made of it: plain text, or messages as rendered.</summary>
    internal string Text(Prompt prompt) => prompt.Messages is null ? prompt.Text ?? "" : Render(prompt, prompt.Messages);

    private string Render(Prompt prompt, IReadOnlyList<PromptMessage> messages) =>
        _renderer?.Render(messages, addGenerationPrompt: true, prompt.ToolsJson, prompt.TemplateArgumentsJson)
        ?? throw new PromptDataException($"The prompts are messages, but the model's tokenizer has {ChatRenderer.Missing(rows.Tokenizer)}; give plain text, or a model with a chat template.");
}

/// <summary>A prompt with its token ids, including special tokens.</summary>
public sealed record EncodedPrompt(Prompt Prompt, IReadOnlyList<int> Ids);

/// <summary>The rows of a model's embedding, which the ids of its tokenizer select. A tokenizer to which tokens were added can have ids beyond them.</summary>
/// <param name="Tokenizer">The model's.</param>
/// <param name="Count">`vocab_size` of its config.json.</param>
public sealed record EmbeddingRows(Tokenizer Tokenizer, int Count)
{
    /// <summary>Whether any id can be beyond them.</summary>
    public bool MayBeExceeded => Tokenizer.VocabularySize > Count;

    /// <summary>What is wrong with the first id that has no row, as a sentence; null where all have one.</summary>
    public string? FindFault(IReadOnlyList<int> ids)
    {
        if (!MayBeExceeded || ids.FirstOrDefault(id => id >= Count, -1) is not (>= 0 and int beyond))
        {
            return null;
        }

        return $"the token {Tokenizer.TokenText(beyond)} has the id {beyond}, but the model's embedding has {Count} rows (vocab_size in config.json), so its highest id is {Count - 1}; "
            + "resize the embedding and save the model (in transformers: model.resize_token_embeddings(len(tokenizer))), or use the tokenizer that the model was trained with.";
    }

    /// <returns>The ids.</returns>
    /// <exception cref="CheckpointException">One has no row.</exception>
    public T Require<T>(T ids, string place)
        where T : IReadOnlyList<int> =>
        FindFault(ids) is { } fault ? throw new CheckpointException($"{place}: {fault}") : ids;
}
