namespace AlignService.Specs.PolicyOptimization;

/// <summary>How the next token is chosen. The order of work is that of the record: penalty, temperature, top-k, top-p, min-p.</summary>
public sealed record SamplingConfig
{
    /// <summary>Divides the logit (multiplies it where negative) of every id that was seen; above 0, 1 is off.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Divides the logits; in [0, 2], 0 is greedy.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keep the k likeliest tokens, ties with the k-th included; 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the likeliest tokens until their mass reaches this; in (0, 1], 1 is off.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keep tokens with at least this share of the largest probability; in [0, 1), 0 is off.</summary>
    public double MinP { get; init; }

    /// <summary>Tokens of one completion; 1 or more.</summary>
    public int MaxCompletionLength { get; init; } = 256;

    /// <summary>Texts that end a completion. The tokens up to the text's last are kept; the text itself is cut from what is shown.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];
}
