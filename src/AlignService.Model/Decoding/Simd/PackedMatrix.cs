using System.Runtime.InteropServices;
using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

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

/// <summary>Copies a transformer's parameters, of whatever dtype, into packed float32; an adapter's updates are folded in on the way, and the parameters are not changed.</summary>
internal sealed class WeightPacker(Transformer model, WorkTeam team)
{
    /// <summary>Number of values converted at once.</summary>
    private const long ChunkBytes = 64L << 20;

    private readonly AdaptedParameters _parameters = model.EffectiveParameters;

    public void Pack(DecoderWeights weights)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        WeightNames names = model.Config.Names;
        PackMatrix(names.Embedding, weights.Embedding, row => row);
        PackVector(names.FinalNorm, weights.FinalNorm);
        if (weights.SeparateHead is { } head)
        {
            PackMatrix(names.Head, head, row => row);
        }

        for (int i = 0; i < weights.Layers.Length; i++)
        {
            PackLayer(i, weights.Layers[i], weights.Shape);
        }
    }

    private void PackLayer(int index, DecoderLayerWeights layer, DecoderShape shape)
    {
        WeightNames names = model.Config.Names;
        int firstKey = shape.QueryWidth;
        int firstValue = firstKey + (shape.KeyValueHeadCount * shape.HeadWidth);
        PackVector(names.InLayer(index, names.NormBeforeAttention), layer.NormBeforeAttention);
        PackMatrix(names.InLayer(index, names.Query), layer.QueryKeyValue, row => row);
        PackMatrix(names.InLayer(index, names.Key), layer.QueryKeyValue, row => firstKey + row);
        PackMatrix(names.InLayer(index, names.Value), layer.QueryKeyValue, row => firstValue + row);
        PackMatrix(names.InLayer(index, names.AttentionOutput), layer.AttentionOutput, row => row);
        PackVector(names.InLayer(index, names.NormBeforeFeedForward), layer.NormBeforeFeedForward);
        PackMatrix(names.InLayer(index, names.Gate), layer.GateUp, row => EveryOtherPanel(row, first: 0));
        PackMatrix(names.InLayer(index, names.Up), layer.GateUp, row => EveryOtherPanel(row, first: 1));
        PackMatrix(names.InLayer(index, names.Down), layer.Down, row => row);
    }

    private static int EveryOtherPanel(int row, int first) =>
        (((2 * (row / PanelBlock.Width)) + first) * PanelBlock.Width) + (row % PanelBlock.Width);

    private void PackVector(string path, AlignedBuffer target) =>
        ForChunks(Weight(path).unsqueeze(0), update: null, (_, values) => values.CopyTo(target.Slice(0, values.Length)));

    /// <param name="path">The layer's name in the checkpoint.</param>
    /// <param name="target">Where the weights are written.</param>
    /// <param name="placeOf">The packed output of each row [outputs, inputs] of the layer.</param>
    private void PackMatrix(string path, PackedMatrix target, Func<int, int> placeOf)
    {
        ForChunks(Weight(path), _parameters.UpdateOf(path), (firstRow, values) => PackRows(values, firstRow, target, placeOf));
        if (_parameters.Find($"{path}.bias") is { } bias)
        {
            ForChunks(bias.unsqueeze(0), update: null, (_, values) =>
            {
                for (int row = 0; row < values.Length; row++)
                {
                    target.SetBias(placeOf(row), values[row]);
                }
            });
        }
    }

    private unsafe void PackRows(ReadOnlySpan<float> values, int firstRow, PackedMatrix target, Func<int, int> placeOf)
    {
        int width = target.InputCount;
        int rowCount = values.Length / width;
        fixed (float* pointer = values)
        {
            float* source = pointer;

            // A panel each, so hardly two workers write to one line of memory.
            team.Run(PanelBlock.CountFor(rowCount), panel =>
            {
                for (int row = panel * PanelBlock.Width; row < Math.Min(rowCount, (panel + 1) * PanelBlock.Width); row++)
                {
                    target.SetRow(placeOf(firstRow + row), new ReadOnlySpan<float>(source + ((long)row * width), width));
                }
            });
        }
    }

    private TorchSharp.Modules.Parameter Weight(string path) => _parameters[$"{path}.weight"];

    private static void ForChunks(Tensor matrix, LowRankUpdate? update, Action<int, ReadOnlySpan<float>> use)
    {
        long rowCount = matrix.size(0);
        long chunk = Math.Max(1, ChunkBytes / (matrix.size(1) * sizeof(float)));
        for (long first = 0; first < rowCount; first += chunk)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(chunk, rowCount - first);
            Tensor rows = matrix.narrow(0, first, count).to(ScalarType.Float32);
            rows = update is null ? rows : rows + update.DeltaRows(first, count);
            rows = rows.cpu().contiguous();
            use((int)first, MemoryMarshal.Cast<byte, float>(rows.bytes));
        }
    }
}
