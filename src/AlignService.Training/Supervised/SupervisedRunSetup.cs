using AlignService.Model.Native;
using AlignService.Specs.Examples;
using AlignService.Specs.Settings;

namespace AlignService.Training.Supervised;

/// <summary>Supervised fine-tuning by the names of what it works with.</summary>
public sealed record SupervisedRunSetup
{
    /// <summary>The start: a Hugging Face directory of a causal language model.</summary>
    public required string ModelDirectory { get; init; }

    public required ExampleSourceConfig Examples { get; init; }

    /// <summary>Held-out examples; null is no evaluation.</summary>
    public ExampleSourceConfig? EvaluationExamples { get; init; }

    public required FittingConfig Config { get; init; }

    /// <summary>From an adapter's name to its directory.</summary>
    public Func<string, string> ResolveModel { get; init; } = name => name;

    /// <summary>Where all models of the run live and compute.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;
}
