namespace AlignService.HuggingFace.Tests.Safetensors;

/// <summary>A stream of small numbers that is the same on every run.</summary>
internal sealed class DeterministicBytes(uint seed)
{
    private uint _state = seed | 1;

    internal int Below(int bound)
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return (int)(_state % (uint)bound);
    }
}
