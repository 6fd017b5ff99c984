namespace AlignService.Model.Decoding.Simd;

internal sealed class SimdPromptCache(SequenceCache sequence, float[] nextLogits) : IPromptCache
{
    public SequenceCache Sequence => sequence;

    public int Length => sequence.Length;

    public ReadOnlySpan<float> NextLogits => nextLogits;

    public void Dispose() => sequence.Dispose();
}
