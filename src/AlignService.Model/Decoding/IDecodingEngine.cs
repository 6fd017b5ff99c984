namespace AlignService.Model.Decoding;

/// <summary>
/// A model that continues rows of tokens one token at a time. Used from one thread at a time; it owns its prompts and batches, which
/// are disposed before it.
/// </summary>
internal interface IDecodingEngine : IDisposable
{
    int VocabularySize { get; }

    /// <summary>Maximum positions of a prompt with its completion.</summary>
    int ContextLength { get; }

    /// <summary>Ids that end a completion according to the model's configuration.</summary>
    IReadOnlyList<int> EndTokenIds { get; }

    /// <summary>Bytes that one more position of one row takes.</summary>
    long CacheBytesPerPosition { get; }

    /// <summary>Threads that <see cref="RunParallel"/> uses; 1 or more.</summary>
    int WorkerCount { get; }

    /// <summary>Loads the model's current weights: called before sampling, when an optimizer step may have changed them.</summary>
    void Refresh();

    /// <summary>Computes a prompt once, for any number of rows.</summary>
    /// <param name="promptIds">At least one.</param>
    IPromptCache Prefill(IReadOnlyList<int> promptIds);

    /// <summary>A batch without rows.</summary>
    IDecodingBatch CreateBatch();

    /// <summary>Runs each of the independent items once, on the engine's threads, and returns when all are done.</summary>
    void RunParallel(int count, Action<int> work);
}

/// <summary>A prompt's keys and values; needed until the last row that continues it is added.</summary>
internal interface IPromptCache : IDisposable
{
    /// <summary>Tokens of the prompt.</summary>
    int Length { get; }

    /// <summary>[V] of the token after the prompt; valid until the prompt is disposed.</summary>
    ReadOnlySpan<float> NextLogits { get; }
}

/// <summary>Rows that are continued together. They may differ in prompt and length; rows can be added and removed between steps.</summary>
internal interface IDecodingBatch : IDisposable
{
    int RowCount { get; }

    /// <summary>Appends rows that continue the prompt; they share its keys and values.</summary>
    void Add(IPromptCache prompt, int rowCount);

    /// <summary>Keeps these rows, given in ascending order, and renumbers them from 0.</summary>
    void Keep(ReadOnlySpan<int> rows);

    /// <summary>Appends one token to each row and computes the next logits.</summary>
    void Step(ReadOnlySpan<int> tokenIds);

    /// <summary>[V] of the row's next token; valid until the next call of another method. May be read from several threads.</summary>
    ReadOnlySpan<float> Logits(int row);
}
