using System.Runtime.InteropServices;

namespace AlignService.Model.Decoding.Simd;

/// <summary>Buffers between the phases of a pass; grow with the rows. Padding beyond a width stays zero.</summary>
internal sealed unsafe class DecoderBuffers(DecoderShape shape, int workerCount) : IDisposable
{
    private readonly List<AlignedBuffer> _all = [];
    private readonly AlignedBuffer?[] _scores = new AlignedBuffer?[workerCount];
    private int _rowCapacity;

    /// <summary>The residual stream [R, width].</summary>
    public RowBlock Hidden { get; private set; }

    /// <summary>[R, width].</summary>
    public RowBlock Normed { get; private set; }

    /// <summary>Queries, keys and values [R, heads * head width].</summary>
    public RowBlock QueryKeyValue { get; private set; }

    /// <summary>Output of the attention heads [R, query heads * head width].</summary>
    public RowBlock Mixed { get; private set; }

    /// <summary>[R, intermediate width].</summary>
    public RowBlock Gated { get; private set; }

    /// <summary>[R, V].</summary>
    public RowBlock Logits { get; private set; }

    /// <summary>[worker] a group of panels for every row.</summary>
    public RowBlock[] Panels { get; } = new RowBlock[workerCount];

    public void EnsureRows(int rowCount)
    {
        if (rowCount <= _rowCapacity)
        {
            return;
        }

        Free();
        _rowCapacity = Math.Max(8, rowCount);
        Hidden = Allocate(shape.Width);
        Normed = Allocate(shape.Width);
        QueryKeyValue = Allocate(shape.QueryKeyValueWidth);
        Mixed = Allocate(shape.QueryWidth);
        Gated = Allocate(shape.IntermediateWidth);
        Logits = Allocate(shape.VocabularySize);
        for (int worker = 0; worker < workerCount; worker++)
        {
            Panels[worker] = Allocate(PanelKernel.PanelGroup * PanelBlock.Width);
        }
    }

    /// <summary>A worker's scratch space for attention: scores [group of heads, slots], then the mixed heads [group of heads, padded head width].</summary>
    public (RowBlock Scores, RowBlock Mixed) Attention(int worker, int slotCount)
    {
        long length = (long)shape.GroupWidth * (slotCount + shape.PaddedHeadWidth);
        if (_scores[worker] is not { } buffer || buffer.Length < length)
        {
            _scores[worker]?.Dispose();
            _scores[worker] = buffer = new AlignedBuffer(2 * length);
        }

        return (new RowBlock(buffer.Pointer, slotCount), new RowBlock(buffer.Pointer + ((long)shape.GroupWidth * slotCount), shape.PaddedHeadWidth));
    }

    public void Dispose()
    {
        Free();
        foreach (AlignedBuffer? buffer in _scores)
        {
            buffer?.Dispose();
        }
    }

    private RowBlock Allocate(int width)
    {
        int stride = PanelBlock.Pad(width);
        var buffer = new AlignedBuffer((long)_rowCapacity * stride);
        _all.Add(buffer);
        return new RowBlock(buffer.Pointer, stride);
    }

    private void Free()
    {
        foreach (AlignedBuffer buffer in _all)
        {
            buffer.Dispose();
        }

        _all.Clear();
    }
}

/// <summary>One token to compute: for a prompt, many of one sequence; in a batch, one of each.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="Position">Its place in the sequence; it attends to those before it and itself.</param>
/// <param name="Sequence">Keys and values of the sequence.</param>
/// <param name="Page">Where its own key and value go.</param>
/// <param name="Slot">Its slot in the page.</param>
internal readonly record struct DecoderRow(int TokenId, int Position, SequenceCache Sequence, CachePage Page, int Slot);

/// <summary>Zeroed floats outside the garbage collector's heap, aligned for vector loads.</summary>
internal sealed unsafe class AlignedBuffer : SafeHandle
{
    private const nuint Alignment = 64;

    public AlignedBuffer(long length)
        : base(0, ownsHandle: true)
    {
        Length = length;
        nuint byteCount = checked((nuint)Math.Max(1, length) * sizeof(float));
        void* memory = NativeMemory.AlignedAlloc(byteCount, Alignment);
        NativeMemory.Clear(memory, byteCount);
        SetHandle((nint)memory);
    }

    public long Length { get; }

    public float* Pointer => (float*)handle;

    public override bool IsInvalid => handle == 0;

    public Span<float> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
        return new Span<float>(Pointer + start, length);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
