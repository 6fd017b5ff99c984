namespace AlignService.Specs.Sizing;

/// <summary>Assumptions of a memory estimate.</summary>
public sealed record MemoryAssumptions
{
    /// <summary>Sequences that are sampled at once, and rows of an update.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>Tokens of a sequence, prompt and completion together; at most the model's context.</summary>
    public int Length { get; init; } = 1024;

    /// <summary>Rank of the adapter on every linear layer of the blocks.</summary>
    public int AdapterRank { get; init; } = 8;
}
