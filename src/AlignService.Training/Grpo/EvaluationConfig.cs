namespace AlignService.Training.Grpo;

/// <summary>How held-out prompts are answered: before the first step, every so many steps, and after the last.</summary>
public sealed record EvaluationConfig
{
    /// <summary>Steps between evaluations; 1 or more.</summary>
    public int EverySteps { get; init; } = 25;

    /// <summary>Completions per held-out prompt; 1 or more.</summary>
    public int SamplesPerPrompt { get; init; } = 1;

    /// <summary>0 is greedy; else in (0, 2].</summary>
    public double Temperature { get; init; }
}
