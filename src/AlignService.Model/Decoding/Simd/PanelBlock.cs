namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// Panels of a packed matrix: each holds <see cref="Width"/> outputs side by side, input after input ([depth][16]), so that one
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

    /// <summary>The same panels for some of the inputs: so many from the first on, or those that are left.</summary>
    public PanelBlock Inputs(int start, int count) => new(First + ((long)start * Width), Math.Min(count, Depth - start), Stride, Count);

    public float* Panel(int panel) => First + (panel * Stride);
}
