using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>How held-out prompts are answered, before the first step, every N steps and after the last; and when their reward ends the run early.</summary>
public sealed record EvaluationConfig
{
    /// <summary>Steps between evaluations; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{step}", Aliases = "eval_steps test_freq")]
    public int EverySteps { get; init; } = 25;

    /// <summary>Completions per held-out prompt; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{completion}", Needs = Need.Answers, Aliases = "num_generations_eval val_n eval_n_samples_per_prompt")]
    public int SamplesPerPrompt { get; init; } = 1;

    /// <summary>0 is greedy; else in (0, 2].</summary>
    [Setting(Min = 0, Max = 2, Needs = Need.Answers)]
    public double Temperature { get; init; }

    /// <summary>Each k, 1 to <see cref="SamplesPerPrompt"/>, for which pass@k is reported.</summary>
    [Setting(Min = 1, Needs = Need.Answers)]
    public IReadOnlyList<int> PassAt { get; init; } = [];

    /// <summary>The reward source whose score decides whether an answer is right; null is the weighted sum of all.</summary>
    [Setting(Needs = Need.Answers)]
    public string? SuccessSource { get; init; }

    /// <summary>An answer is right from this score on.</summary>
    [Setting(Needs = Need.Success)]
    public double SuccessThreshold { get; init; } = 1;

    /// <summary>Evaluations in a row without improvement after which the run ends early; null is never.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Aliases = "early_stopping_patience")]
    public int? StopPatience { get; init; }

    /// <summary>How much the held-out reward must rise above its best so far to count as an improvement; 0 or more.</summary>
    [Setting(Min = 0, Needs = Need.StopPatience, Aliases = "early_stopping_threshold")]
    public double StopMinImprovement { get; init; }

    /// <summary>Held-out reward at which the run ends early; null is never.</summary>
    [Setting]
    public double? StopAtScore { get; init; }

    /// <summary>Whether avg@k and pass@k are reported.</summary>
    public bool CountsSuccess => SuccessSource is not null || PassAt.Count > 0;
}
