using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlignService.Model.Decoding.Simd;

/// <summary>A panel's row is one vector; eight independent chains keep the multipliers busy.</summary>
internal readonly unsafe struct PanelKernel512 : IPanelKernel
{
    public static void MultiplyFour(RowBlock input, PanelBlock panels, RowBlock output, bool accumulate)
    {
        int panel = 0;
        for (; panel <= panels.Count - 2; panel += 2)
        {
            FourRowsTwoPanels(input, panels.Slice(panel, 2), output.Right(panel * PanelBlock.Width), accumulate);
        }

        if (panel < panels.Count)
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
    private static void FourRowsTwoPanels(RowBlock input, PanelBlock panels, RowBlock output, bool accumulate)
    {
        float* x0 = input.Row(0), x1 = input.Row(1), x2 = input.Row(2), x3 = input.Row(3);
        float* left = panels.Panel(0), right = panels.Panel(1);
        Vector512<float> left0 = default, left1 = default, left2 = default, left3 = default;
        Vector512<float> right0 = default, right1 = default, right2 = default, right3 = default;
        for (int k = 0; k < panels.Depth; k++)
        {
            var leftWeights = Vector512.Load(left);
            var rightWeights = Vector512.Load(right);
            left += PanelBlock.Width;
            right += PanelBlock.Width;
            var x = Vector512.Create(x0[k]);
            left0 = Vector512.MultiplyAddEstimate(x, leftWeights, left0);
            right0 = Vector512.MultiplyAddEstimate(x, rightWeights, right0);
            x = Vector512.Create(x1[k]);
            left1 = Vector512.MultiplyAddEstimate(x, leftWeights, left1);
            right1 = Vector512.MultiplyAddEstimate(x, rightWeights, right1);
            x = Vector512.Create(x2[k]);
            left2 = Vector512.MultiplyAddEstimate(x, leftWeights, left2);
            right2 = Vector512.MultiplyAddEstimate(x, rightWeights, right2);
            x = Vector512.Create(x3[k]);
            left3 = Vector512.MultiplyAddEstimate(x, leftWeights, left3);
            right3 = Vector512.MultiplyAddEstimate(x, rightWeights, right3);
        }

        Store(output.Row(0), left0, right0, accumulate);
        Store(output.Row(1), left1, right1, accumulate);
        Store(output.Row(2), left2, right2, accumulate);
        Store(output.Row(3), left3, right3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRowsOnePanel(RowBlock input, PanelBlock panel, RowBlock output, bool accumulate)
    {
        float* x0 = input.Row(0), x1 = input.Row(1), x2 = input.Row(2), x3 = input.Row(3);
        float* line = panel.First;
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (int k = 0; k < panel.Depth; k++)
        {
            var weights = Vector512.Load(line);
            line += PanelBlock.Width;
            sum0 = Vector512.MultiplyAddEstimate(Vector512.Create(x0[k]), weights, sum0);
            sum1 = Vector512.MultiplyAddEstimate(Vector512.Create(x1[k]), weights, sum1);
            sum2 = Vector512.MultiplyAddEstimate(Vector512.Create(x2[k]), weights, sum2);
            sum3 = Vector512.MultiplyAddEstimate(Vector512.Create(x3[k]), weights, sum3);
        }

        Store(output.Row(0), sum0, accumulate);
        Store(output.Row(1), sum1, accumulate);
        Store(output.Row(2), sum2, accumulate);
        Store(output.Row(3), sum3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRowFourPanels(float* input, PanelBlock panels, float* output, bool accumulate)
    {
        float* p0 = panels.Panel(0), p1 = panels.Panel(1), p2 = panels.Panel(2), p3 = panels.Panel(3);
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (int k = 0, offset = 0; k < panels.Depth; k++, offset += PanelBlock.Width)
        {
            var x = Vector512.Create(input[k]);
            sum0 = Vector512.MultiplyAddEstimate(x, Vector512.Load(p0 + offset), sum0);
            sum1 = Vector512.MultiplyAddEstimate(x, Vector512.Load(p1 + offset), sum1);
            sum2 = Vector512.MultiplyAddEstimate(x, Vector512.Load(p2 + offset), sum2);
            sum3 = Vector512.MultiplyAddEstimate(x, Vector512.Load(p3 + offset), sum3);
        }

        Store(output, sum0, sum1, accumulate);
        Store(output + (2 * PanelBlock.Width), sum2, sum3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRowOnePanel(float* input, int depth, float* panel, float* output, bool accumulate)
    {
        Vector512<float> sum = default;
        for (int k = 0; k < depth; k++)
        {
            sum = Vector512.MultiplyAddEstimate(Vector512.Create(input[k]), Vector512.Load(panel), sum);
            panel += PanelBlock.Width;
        }

        Store(output, sum, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* output, Vector512<float> left, Vector512<float> right, bool accumulate)
    {
        Store(output, left, accumulate);
        Store(output + PanelBlock.Width, right, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* output, Vector512<float> sum, bool accumulate)
    {
        if (accumulate)
        {
            sum += Vector512.Load(output);
        }

        sum.Store(output);
    }
}
