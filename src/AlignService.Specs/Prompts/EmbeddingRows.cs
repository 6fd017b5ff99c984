using AlignService.Text.Tokenization;

namespace AlignService.Specs.Prompts;

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
