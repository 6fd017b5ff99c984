using System.Runtime.InteropServices;

namespace AlignService.Model.Decoding.Simd;

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
