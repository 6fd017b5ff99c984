namespace AlignService.Model.Decoding;

/// <summary>Rows that are continued together. They may differ in prompt and length; rows come and go between steps.</summary>
public interface IDecodingBatch : IDisposable
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
