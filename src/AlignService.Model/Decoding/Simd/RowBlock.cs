namespace AlignService.Model.Decoding.Simd;

/// <summary>Rows of floats in memory, the beginning of each a stride after the last.</summary>
internal readonly unsafe struct RowBlock(float* first, int stride)
{
    public float* First { get; } = first;

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; } = stride;

    public float* Row(int row) => First + ((long)row * Stride);

    /// <summary>The rows from this one on.</summary>
    public RowBlock Down(int rowCount) => new(Row(rowCount), Stride);

    /// <summary>The columns from this one on.</summary>
    public RowBlock Right(int columnCount) => new(First + columnCount, Stride);
}
