using System.Runtime.Intrinsics;

namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// Rows times a packed matrix. An output is a chain of multiply-adds over each block of inputs, and the blocks' sums are added in
/// order, whichever kernel and vector width computes it and whatever other rows there are, so a row's numbers do not depend on its batch.
/// </summary>
internal static class PanelKernel
{
    /// <summary>Panels that stay in the CPU cache while all rows are processed.</summary>
    public const int PanelGroup = 4;

    /// <summary>Inputs of one chain: short chains round less, and a group's panels of this depth fit the innermost caches.</summary>
    public const int BlockDepth = 256;

    /// <summary>Computes output[r][16 p ...] (+)= input[r] · panel p, for every row and panel.</summary>
    /// <param name="input">[rows][depth].</param>
    /// <param name="rowCount">Rows of input and output.</param>
    /// <param name="panels">The matrix.</param>
    /// <param name="output">[rows][16 per panel].</param>
    /// <param name="accumulate">Add the finished sums to the output.</param>
    public static void Multiply(RowBlock input, int rowCount, PanelBlock panels, RowBlock output, bool accumulate)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply<PanelKernel512>(input, rowCount, panels, output, accumulate);
        }
        else
        {
            Multiply<PanelKernel256>(input, rowCount, panels, output, accumulate);
        }
    }

    internal static void Multiply<TKernel>(RowBlock input, int rowCount, PanelBlock panels, RowBlock output, bool accumulate)
        where TKernel : IPanelKernel
    {
        for (int first = 0; first < panels.Count; first += PanelGroup)
        {
            PanelBlock group = panels.Slice(first, Math.Min(PanelGroup, panels.Count - first));
            RowBlock target = output.Right(first * PanelBlock.Width);
            for (int start = 0; start < group.Depth; start += BlockDepth)
            {
                MultiplyBlock<TKernel>(input.Right(start), rowCount, group.Inputs(start, BlockDepth), target, accumulate || start > 0);
            }
        }
    }

    private static unsafe void MultiplyBlock<TKernel>(RowBlock input, int rowCount, PanelBlock panels, RowBlock output, bool accumulate)
        where TKernel : IPanelKernel
    {
        int row = 0;
        for (; row <= rowCount - 4; row += 4)
        {
            TKernel.MultiplyFour(input.Down(row), panels, output.Down(row), accumulate);
        }

        for (; row < rowCount; row++)
        {
            TKernel.MultiplyOne(input.Row(row), panels, output.Row(row), accumulate);
        }
    }
}

/// <summary>The inner loops of <see cref="PanelKernel"/>, for one vector width.</summary>
internal unsafe interface IPanelKernel
{
    /// <summary>Four rows times a group of panels.</summary>
    static abstract void MultiplyFour(RowBlock input, PanelBlock panels, RowBlock output, bool accumulate);

    /// <summary>One row times a group of panels.</summary>
    static abstract void MultiplyOne(float* input, PanelBlock panels, float* output, bool accumulate);
}

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
