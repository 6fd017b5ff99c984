using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlignService.Model.Decoding.Simd;

/// <summary>A panel's row is two vectors. Also the portable version: without such vectors the runtime splits them.</summary>
internal readonly unsafe struct PanelKernel256 : IPanelKernel
{
    private const int Half = PanelBlock.Width / 2;

    public static void MultiplyFour(RowBlock input, PanelBlock panels, RowBlock output, bool accumulate)
    {
        for (int panel = 0; panel < panels.Count; panel++)
        {
            FourRowsOnePanel(input, panels.Slice(panel, 1), output.Right(panel * PanelBlock.Width), accumulate);
        }
    }

    public static void MultiplyOne(float* input, PanelBlock panels, float* output, bool accumulate)
    {
        if (panels.Count == 4)
        {
            OneRowFourPanels(input, panels, output, accumulate);
            return;
        }

        for (int panel = 0; panel < panels.Count; panel++)
        {
            OneRowOnePanel(input, panels.Depth, panels.Panel(panel), output + (panel * PanelBlock.Width), accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRowsOnePanel(RowBlock input, PanelBlock panel, RowBlock output, bool accumulate)
    {
        float* x0 = input.Row(0), x1 = input.Row(1), x2 = input.Row(2), x3 = input.Row(3);
        float* line = panel.First;
        Vector256<float> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector256<float> high0 = default, high1 = default, high2 = default, high3 = default;
        for (int k = 0; k < panel.Depth; k++)
        {
            var low = Vector256.Load(line);
            var high = Vector256.Load(line + Half);
            line += PanelBlock.Width;
            var x = Vector256.Create(x0[k]);
            low0 = Vector256.MultiplyAddEstimate(x, low, low0);
            high0 = Vector256.MultiplyAddEstimate(x, high, high0);
            x = Vector256.Create(x1[k]);
            low1 = Vector256.MultiplyAddEstimate(x, low, low1);
            high1 = Vector256.MultiplyAddEstimate(x, high, high1);
            x = Vector256.Create(x2[k]);
            low2 = Vector256.MultiplyAddEstimate(x, low, low2);
            high2 = Vector256.MultiplyAddEstimate(x, high, high2);
            x = Vector256.Create(x3[k]);
            low3 = Vector256.MultiplyAddEstimate(x, low, low3);
            high3 = Vector256.MultiplyAddEstimate(x, high, high3);
        }

        Store(output.Row(0), low0, high0, accumulate);
        Store(output.Row(1), low1, high1, accumulate);
        Store(output.Row(2), low2, high2, accumulate);
        Store(output.Row(3), low3, high3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRowFourPanels(float* input, PanelBlock panels, float* output, bool accumulate)
    {
        float* p0 = panels.Panel(0), p1 = panels.Panel(1), p2 = panels.Panel(2), p3 = panels.Panel(3);
        Vector256<float> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector256<float> high0 = default, high1 = default, high2 = default, high3 = default;
        for (int k = 0, offset = 0; k < panels.Depth; k++, offset += PanelBlock.Width)
        {
            var x = Vector256.Create(input[k]);
            low0 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p0 + offset), low0);
            high0 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p0 + offset + Half), high0);
            low1 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p1 + offset), low1);
            high1 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p1 + offset + Half), high1);
            low2 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p2 + offset), low2);
            high2 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p2 + offset + Half), high2);
            low3 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p3 + offset), low3);
            high3 = Vector256.MultiplyAddEstimate(x, Vector256.Load(p3 + offset + Half), high3);
        }

        Store(output, low0, high0, accumulate);
        Store(output + PanelBlock.Width, low1, high1, accumulate);
        Store(output + (2 * PanelBlock.Width), low2, high2, accumulate);
        Store(output + (3 * PanelBlock.Width), low3, high3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRowOnePanel(float* input, int depth, float* panel, float* output, bool accumulate)
    {
        Vector256<float> low = default, high = default;
        for (int k = 0; k < depth; k++)
        {
            var x = Vector256.Create(input[k]);
            low = Vector256.MultiplyAddEstimate(x, Vector256.Load(panel), low);
            high = Vector256.MultiplyAddEstimate(x, Vector256.Load(panel + Half), high);
            panel += PanelBlock.Width;
        }

        Store(output, low, high, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* output, Vector256<float> low, Vector256<float> high, bool accumulate)
    {
        if (accumulate)
        {
            low += Vector256.Load(output);
            high += Vector256.Load(output + Half);
        }

        low.Store(output);
        high.Store(output + Half);
    }
}
