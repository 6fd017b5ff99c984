using AlignService.Model.Checkpoints;
using AlignService.Model.Tokenization;

namespace AlignService.Training.Rewards;

/// <summary>What reward sources need to know of their job.</summary>
public sealed record RewardSetup
{
    /// <summary>Tokens.</summary>
    public required int MaxCompletionLength { get; init; }

    /// <summary>From a model's name in a job to its directory.</summary>
    public required Func<string, string> ResolveModel { get; init; }

    /// <summary>Finds the tokens at which steps of completions end.</summary>
    public required Tokenizer PolicyTokenizer { get; init; }

    /// <summary>How reward models are loaded: what they are held in, and on which device.</summary>
    public LoadOptions Loading { get; init; } = new() { Trainable = false };

    /// <summary>Measures the latency of each source.</summary>
    public required TimeProvider Time { get; init; }
}
