using AlignService.Model.Architecture.Attention;

namespace AlignService.Model.Decoding.Torch;

internal sealed class TorchPromptCache(KvCache cache, float[] nextLogits) : IPromptCache
{
    public KvCache Cache => cache;

    public int Length => (int)cache.Used;

    public ReadOnlySpan<float> NextLogits => nextLogits;

    public void Dispose() => cache.Dispose();
}
