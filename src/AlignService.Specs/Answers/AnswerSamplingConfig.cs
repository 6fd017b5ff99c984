using AlignService.Specs.Binding;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;

namespace AlignService.Specs.Answers;

/// <summary>How the answers of an evaluation job are sampled: as rollouts are, but greedily too, and truncated without asking, because nothing is trained on them.</summary>
public sealed record AnswerSamplingConfig
{
    /// <summary>Divides the logits; in [0, 2], 0 is greedy.</summary>
    [Setting(Min = 0, Max = 2)]
    public double Temperature { get; init; }

    /// <inheritdoc cref="SamplingConfig.TopK"/>
    [Setting(Min = 0)]
    public int TopK { get; init; }

    /// <inheritdoc cref="SamplingConfig.TopP"/>
    [Setting(Above = 0, Max = 1)]
    public double TopP { get; init; } = 1;

    /// <inheritdoc cref="SamplingConfig.MinP"/>
    [Setting(Min = 0, Below = 1)]
    public double MinP { get; init; }

    /// <inheritdoc cref="SamplingConfig.RepetitionPenalty"/>
    [Setting(Above = 0)]
    public double RepetitionPenalty { get; init; } = 1;

    /// <inheritdoc cref="SamplingConfig.MaxCompletionLength"/>
    [Setting(Min = 1, Unit = "{token}", Aliases = "max_new_tokens max_tokens max_response_length generate_max_len response_length")]
    public int MaxCompletionLength { get; init; } = 256;

    /// <summary>Tokens; null is what the context has room for besides the completion.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Unit = "{token}", Aliases = "prompt_max_len")]
    public int? MaxPromptLength { get; init; }

    [Setting(Aliases = "filter_overlong_prompts truncation")]
    public OverlongPrompts OverlongPrompts { get; init; } = OverlongPrompts.Refuse;

    /// <inheritdoc cref="SamplingConfig.StopStrings"/>
    [Setting(Aliases = "stop stop_sequences")]
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>The same for the sampler.</summary>
    public SamplingConfig ToSampling() => new()
    {
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
        MaxCompletionLength = MaxCompletionLength,
        StopStrings = StopStrings,
    };
}
