namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// A linear layer's weights [outputs][inputs] as panels of 16 outputs, zero beyond the last output, with an optional bias.
/// Every width between layers is padded to the panel, so kernels have no tails.
/// </summary>
internal sealed unsafe class PackedMatrix : IDisposable
{
    private readonly AlignedBuffer _weights;

    public PackedMatrix(int panelCount, int inputCount)
    {
        PanelCount = panelCount;
        InputCount = inputCount;
        _weights = new AlignedBuffer((long)panelCount * inputCount * PanelBlock.Width);
    }

    public int PanelCount { get; }

    public int InputCount { get; }

    /// <summary>[outputs, padded]; null where the layer has none.</summary>
    public AlignedBuffer? Bias { get; private set; }

    /// <summary>Rows times some of the panels, plus the bias.</summary>
    /// <param name="input">[rows][inputs].</param>
    /// <param name="rowCount">Rows of input and output.</param>
    /// <param name="range">The panels.</param>
    /// <param name="output">[rows][16 per panel of the range].</param>
    /// <param name="accumulate">Add to the output instead of replacing it.</param>
    public void Multiply(RowBlock input, int rowCount, (int Start, int End) range, RowBlock output, bool accumulate)
    {
        int count = range.End - range.Start;
        PanelKernel.Multiply(input, rowCount, Panels.Slice(range.Start, count), output, accumulate);
        for (int row = 0; Bias is not null && row < rowCount; row++)
        {
            RowKernels.Add(Bias.Pointer + (range.Start * PanelBlock.Width), output.Row(row), count * PanelBlock.Width);
        }
    }

    /// <summary>Sets one output's weights.</summary>
    public void SetRow(int output, ReadOnlySpan<float> weights)
    {
        float* target = Line(output);
        for (int k = 0; k < weights.Length; k++, target += PanelBlock.Width)
        {
            *target = weights[k];
        }
    }

    public void SetBias(int output, float bias)
    {
        Bias ??= new AlignedBuffer((long)PanelCount * PanelBlock.Width);
        Bias.Pointer[output] = bias;
    }

    /// <summary>One output's weights: an embedding's row.</summary>
    public void CopyRow(int output, Span<float> weights)
    {
        float* source = Line(output);
        for (int k = 0; k < weights.Length; k++, source += PanelBlock.Width)
        {
            weights[k] = *source;
        }
    }

    public void Dispose()
    {
        _weights.Dispose();
        Bias?.Dispose();
    }

    private PanelBlock Panels => new(_weights.Pointer, InputCount, (long)InputCount * PanelBlock.Width, PanelCount);

    private float* Line(int output) => Panels.Panel(output / PanelBlock.Width) + (output % PanelBlock.Width);
}
