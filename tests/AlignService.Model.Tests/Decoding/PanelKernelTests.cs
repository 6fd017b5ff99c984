using AlignService.Model.Decoding.Simd;
using AlignService.Model.Sampling;
using Xunit;

namespace AlignService.Model.Tests.Decoding;

public sealed unsafe class PanelKernelTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 7, 2)]
    [InlineData(4, 16, 3)]
    [InlineData(5, 33, 4)]
    [InlineData(9, 64, 5)]
    [InlineData(12, 100, 9)]
    [InlineData(6, 700, 3)]
    public void Multiply_EveryKernel_GivesTheSameBitsAsChainsInOrder(int rowCount, int depth, int panelCount)
    {
        int width = panelCount * PanelBlock.Width;
        using AlignedBuffer input = Random(rowCount * depth, 1);
        using AlignedBuffer weights = Random(panelCount * depth * PanelBlock.Width, 2);
        var rows = new RowBlock(input.Pointer, depth);
        var panels = new PanelBlock(weights.Pointer, depth, (long)depth * PanelBlock.Width, panelCount);

        foreach (bool accumulate in new[] { false, true })
        {
            using AlignedBuffer expected = Random(rowCount * width, 3);
            using AlignedBuffer wide = Random(rowCount * width, 3);
            using AlignedBuffer narrow = Random(rowCount * width, 3);
            Reference(rows, rowCount, panels, new RowBlock(expected.Pointer, width), accumulate);
            PanelKernel.Multiply<PanelKernel512>(rows, rowCount, panels, new RowBlock(wide.Pointer, width), accumulate);
            PanelKernel.Multiply<PanelKernel256>(rows, rowCount, panels, new RowBlock(narrow.Pointer, width), accumulate);
            Assert.Equal(expected.Slice(0, rowCount * width).ToArray(), narrow.Slice(0, rowCount * width).ToArray());
            Assert.Equal(expected.Slice(0, rowCount * width).ToArray(), wide.Slice(0, rowCount * width).ToArray());
        }
    }

    private static void Reference(RowBlock input, int rowCount, PanelBlock panels, RowBlock output, bool accumulate)
    {
        for (int row = 0; row < rowCount; row++)
        {
            for (int i = 0; i < panels.Count * PanelBlock.Width; i++)
            {
                float* weights = panels.Panel(i / PanelBlock.Width) + (i % PanelBlock.Width);
                float total = accumulate ? output.Row(row)[i] : 0;
                for (int start = 0; start < panels.Depth; start += PanelKernel.BlockDepth)
                {
                    float sum = 0;
                    for (int k = start; k < Math.Min(panels.Depth, start + PanelKernel.BlockDepth); k++)
                    {
                        sum = float.MultiplyAddEstimate(input.Row(row)[k], weights[k * PanelBlock.Width], sum);
                    }

                    total = start == 0 && !accumulate ? sum : sum + total;
                }

                output.Row(row)[i] = total;
            }
        }
    }

    private static AlignedBuffer Random(int count, ulong seed)
    {
        var buffer = new AlignedBuffer(count);
        for (int i = 0; i < count; i++)
        {
            buffer.Pointer[i] = (float)(new RandomStream(new SamplingKey(seed, 0), 0, 0).Uniform(i) - 0.5);
        }

        return buffer;
    }
}
