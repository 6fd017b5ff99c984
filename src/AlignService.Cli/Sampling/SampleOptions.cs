using AlignService.Specs.PolicyOptimization;

namespace AlignService.Cli.Sampling;

/// <summary>What `align sample` was asked for.</summary>
internal sealed record SampleOptions
{
    /// <summary>A Hugging Face directory.</summary>
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    public string? System { get; init; }

    /// <summary>The prompt is plain text, whatever chat template the model has.</summary>
    public bool Raw { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Tokens of the answer at most; null: 256, or what the model's context leaves.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public required SamplingConfig Config { get; init; }
}
