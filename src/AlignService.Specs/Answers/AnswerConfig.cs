using AlignService.Specs.Binding;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;

namespace AlignService.Specs.Answers;

/// <summary>How the prompts of an evaluation job are answered, and what is reported of the answers.</summary>
public sealed record AnswerConfig
{
    /// <summary>Prompts of one step; 1 or more. Any value gives the same answers.</summary>
    [Setting(Min = 1, Unit = "{prompt}", Aliases = "eval_batch_size per_device_eval_batch_size prompts_per_step")]
    public int BatchSize { get; init; } = 16;

    /// <summary>Answers per prompt (k); 1 or more.</summary>
    [Setting(Min = 1, Unit = "{completion}", Aliases = "n k num_generations num_samples num_return_sequences n_samples_per_prompt")]
    public int SamplesPerPrompt { get; init; } = 1;

    /// <summary>Each k, 1 to <see cref="SamplesPerPrompt"/>, for which pass@k is reported.</summary>
    [Setting(Min = 1, Needs = Need.Scores, Aliases = "pass_at_k")]
    public IReadOnlyList<int> PassAt { get; init; } = [];

    /// <summary>The reward source whose score decides whether an answer passes; null is the weighted sum of all.</summary>
    [Setting]
    public string? SuccessSource { get; init; }

    /// <summary>An answer passes from this score on.</summary>
    [Setting(Needs = Need.Scores)]
    public double SuccessThreshold { get; init; } = 1;

    [Setting(Needs = Need.Scores)]
    public PartialScores PartialScores { get; init; } = PartialScores.Sum;

    [Settings("sampling")]
    public AnswerSamplingConfig Sampling { get; init; } = new();

    /// <summary>How the model and reward models are held; they compute in float32 either way.</summary>
    [Setting(Aliases = "dtype torch_dtype")]
    public FrozenDtype FrozenDtype { get; init; } = FrozenDtype.F32;

    [Setting(Aliases = "output_format")]
    public AnswerTable Table { get; init; } = AnswerTable.Jsonl;

    /// <summary>Key of the answers' random streams.</summary>
    public ulong Seed { get; init; }

    /// <summary>The same as settings of a held-out evaluation, which counts successes and means in the same way.</summary>
    public EvaluationConfig AsEvaluation() => new()
    {
        SamplesPerPrompt = SamplesPerPrompt,
        Temperature = Sampling.Temperature,
        PassAt = PassAt,
        SuccessSource = SuccessSource,
        SuccessThreshold = SuccessThreshold,
    };
}

/// <summary>The file of every answer that a job leaves.</summary>
public enum AnswerTable
{
    /// <summary>One JSON object per answer.</summary>
    Jsonl,

    Parquet,

    Both,

    /// <summary>Only metrics.</summary>
    None,
}
