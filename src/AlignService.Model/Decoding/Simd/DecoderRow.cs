namespace AlignService.Model.Decoding.Simd;

/// <summary>One token to compute: of a prompt, many of one sequence; in a batch, one of each.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="Position">Its place in the sequence; it sees those before it and itself.</param>
/// <param name="Sequence">Keys and values of the sequence.</param>
/// <param name="Page">Where its own key and value go.</param>
/// <param name="Slot">Its place in the page.</param>
internal readonly record struct DecoderRow(int TokenId, int Position, SequenceCache Sequence, CachePage Page, int Slot);
