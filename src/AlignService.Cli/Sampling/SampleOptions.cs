using AlignService.Specs.PolicyOptimization;

namespace AlignService.Cli.Sampling;

/// <summary>Options of `align sample`.</summary>
internal sealed record SampleOptions
{
    /// <summary>A Hugging Face directory.</summary>
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    public string? System { get; init; }

    /// <summary>The prompt is plain text, whatever chat template the model has.</summary>
    public bool Raw { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Maximum tokens of the answer; null: 256, or what the model's context has room for.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public required SamplingConfig Config { get; init; }
}
