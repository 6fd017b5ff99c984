using AlignService.Specs.Binding;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>How the next token is chosen. Applied in the order of the record: penalty, temperature, top-k, top-p, min-p.</summary>
public sealed record SamplingConfig
{
    /// <summary>Divides the logit (multiplies it where negative) of every id seen so far; above 0, 1 is off.</summary>
    [Setting(Above = 0)]
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Divides the logits; in [0, 2], 0 is greedy.</summary>
    [Setting(Above = 0, Max = 2, Why = "0 is greedy: all completions of a group would be the same and could not be compared")]
    public double Temperature { get; init; } = 1;

    /// <summary>Keep the k likeliest tokens, ties with the k-th included; 0 is off.</summary>
    [Setting(Min = 0)]
    public int TopK { get; init; }

    /// <summary>Keep the likeliest tokens until their mass reaches this; in (0, 1], 1 is off.</summary>
    [Setting(Above = 0, Max = 1)]
    public double TopP { get; init; } = 1;

    /// <summary>Keep tokens with at least this share of the largest probability; in [0, 1), 0 is off.</summary>
    [Setting(Min = 0, Below = 1)]
    public double MinP { get; init; }

    /// <summary>Tokens of one completion; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{token}", Aliases = "max_new_tokens max_tokens max_response_length generate_max_len response_length")]
    public int MaxCompletionLength { get; init; } = 256;

    /// <summary>Strings that end a completion. Tokens up to the string's last are kept; the string itself is cut from the text.</summary>
    [Setting(Aliases = "stop stop_sequences")]
    public IReadOnlyList<string> StopStrings { get; init; } = [];
}
