using AlignService.HuggingFace.Adapters;

namespace AlignService.Specs.Settings;

/// <summary>Training of a low-rank adapter instead of all weights (arXiv:2106.09685).</summary>
public sealed record PolicyAdapterConfig
{
    /// <summary>Form of a new adapter.</summary>
    public AdapterConfig Form { get; init; } = new();

    /// <summary>An existing PEFT directory, or jobs/{job}/checkpoints/{checkpoint}, to go on from, in its form; null is a new adapter.</summary>
    public string? Directory { get; init; }
}
