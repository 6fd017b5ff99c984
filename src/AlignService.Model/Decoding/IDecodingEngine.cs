namespace AlignService.Model.Decoding;

/// <summary>
/// A model that continues rows of tokens one token at a time. Used from one thread at a time; its prompts and batches belong to it
/// and are disposed before it.
/// </summary>
internal interface IDecodingEngine : IDisposable
{
    int VocabularySize { get; }

    /// <summary>Positions of the longest prompt with its completion.</summary>
    int ContextLength { get; }

    /// <summary>Ids that end a completion by the model's own configuration.</summary>
    IReadOnlyList<int> EndTokenIds { get; }

    /// <summary>What one more position of one row takes in memory.</summary>
    long CacheBytesPerPosition { get; }

    /// <summary>Threads that <see cref="RunParallel"/> uses; 1 or more.</summary>
    int WorkerCount { get; }

    /// <summary>Takes the model's weights as they now are: called before sampling, when an optimiser step may have changed them.</summary>
    void Refresh();

    /// <summary>Computes a prompt once, for any number of rows.</summary>
    /// <param name="promptIds">At least one.</param>
    IPromptCache Prefill(IReadOnlyList<int> promptIds);

    /// <summary>A batch without rows.</summary>
    IDecodingBatch CreateBatch();

    /// <summary>Does each of so many independent things once, on the engine's own threads, and returns when all are done.</summary>
    void RunParallel(int count, Action<int> work);
}

/// <summary>A prompt's keys and values; needed until the last row that continues it has been added.</summary>
internal interface IPromptCache : IDisposable
{
    /// <summary>Tokens of the prompt.</summary>
    int Length { get; }

    /// <summary>[V] of the token after the prompt; valid until the prompt is disposed.</summary>
    ReadOnlySpan<float> NextLogits { get; }
}

/// <summary>Rows that are continued together. They may differ in prompt and length; rows come and go between steps.</summary>
internal interface IDecodingBatch : IDisposable
{
    int RowCount { get; }

    /// <summary>Appends rows that continue the prompt; they share its keys and values.</summary>
    void Add(IPromptCache prompt, int rowCount);

    /// <summary>Keeps these rows, given in ascending order, and renumbers them from 0.</summary>
    void Keep(ReadOnlySpan<int> rows);

    /// <summary>Appends one token to each row and computes what follows.</summary>
    void Step(ReadOnlySpan<int> tokenIds);

    /// <summary>[V] of the row's next token; valid until the next call of another method. May be read from several threads.</summary>
    ReadOnlySpan<float> Logits(int row);
}
