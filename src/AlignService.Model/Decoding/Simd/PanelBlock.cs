namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// Panels of a packed matrix: each holds <see cref="Width"/> outputs side by side, input after input ([depth][16]), so one
/// vector load gives the weights of 16 outputs for one input.
/// </summary>
internal readonly unsafe struct PanelBlock(float* first, int depth, long stride, int count)
{
    public const int Width = 16;

    public float* First { get; } = first;

    /// <summary>Inputs: the length of the sum behind every output.</summary>
    public int Depth { get; } = depth;

    /// <summary>Floats from one panel to the next.</summary>
    public long Stride { get; } = stride;

    public int Count { get; } = count;

    public static int CountFor(int outputCount) => (outputCount + Width - 1) / Width;

    /// <summary>The next multiple of the panel's width.</summary>
    public static int Pad(int count) => CountFor(count) * Width;

    public PanelBlock Slice(int start, int panelCount) => new(Panel(start), Depth, Stride, panelCount);

    /// <summary>The same panels for some of the inputs: this many from the first on, or the rest.</summary>
    public PanelBlock Inputs(int start, int count) => new(First + ((long)start * Width), Math.Min(count, Depth - start), Stride, Count);

    public float* Panel(int panel) => First + (panel * Stride);
}

/// <summary>Rows of floats in memory, each starting one stride after the previous one.</summary>
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
