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
