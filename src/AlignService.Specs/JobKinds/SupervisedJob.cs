using AlignService.Specs.Examples;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Supervised fine-tuning on prompts and completions.</summary>
public sealed record SupervisedJob : JobKind
{
    /// <summary>The start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    public required string Model { get; init; }

    public required ExampleSourceConfig Examples { get; init; }

    /// <summary>Held-out examples; null is no evaluation.</summary>
    public ExampleSourceConfig? EvaluationExamples { get; init; }

    public required FittingConfig Config { get; init; }
}
