using System.Text.Json.Serialization;
using AlignService.Specs.Guardian;
using AlignService.Specs.Settings;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>A GRPO run's numbers: the profile `grpo` of algorithms.md unless overridden.</summary>
public sealed record GrpoConfig
{
    /// <summary>Rollout phases; 1 or more.</summary>
    public int StepCount { get; init; } = 100;

    /// <summary>Prompts of one step; 1 or more.</summary>
    public int PromptsPerStep { get; init; } = 8;

    /// <summary>Completions per prompt (G); 2 or more, or 1 without group statistics.</summary>
    public int GroupSize { get; init; } = 8;

    /// <summary>Passes over a step's rollouts; 1 or more.</summary>
    public int EpochCount { get; init; } = 1;

    /// <summary>Optimiser steps per epoch; 1 to the number of rollouts.</summary>
    public int MinibatchCount { get; init; } = 1;

    /// <summary>Completions in one forward pass; null is chosen from memory. Any value gives the same gradient, but for an adapter's dropout.</summary>
    public int? MicroBatchSize { get; init; }

    public AdvantageKind Advantage { get; init; } = AdvantageKind.GroupStd;

    /// <summary>Added to the standard deviation; 0 or more.</summary>
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>PPO's critic; null unless <see cref="Advantage"/> is <see cref="AdvantageKind.Critic"/>.</summary>
    public CriticConfig? Critic { get; init; }

    public PartialScores PartialScores { get; init; } = PartialScores.Sum;

    public GrpoLossConfig Loss { get; init; } = new();

    /// <summary>Report policy/kl although the KL coefficient is 0.</summary>
    public bool ReportKl { get; init; }

    /// <summary>Null is off: the coefficient stays.</summary>
    public AdaptiveKlConfig? AdaptiveKl { get; init; }

    /// <summary>The epoch loop ends when the mean KL to the old policy passes this, in nats; null is off.</summary>
    public double? KlStop { get; init; }

    /// <summary>Null unless the objective is <see cref="Objective.NaturalGradient"/>.</summary>
    public TrustRegionConfig? TrustRegion { get; init; }

    /// <summary>Steps between refreshes of the reference; null is off.</summary>
    public int? ReferenceSyncSteps { get; init; }

    /// <summary>Share of the policy in a refreshed reference; in (0, 1].</summary>
    public double ReferenceSyncAlpha { get; init; } = 0.6;

    /// <summary>Keep sampling new prompts until the batch is full of groups whose completions the advantage tells apart.</summary>
    public bool DynamicSampling { get; init; }

    /// <summary>Rounds of dynamic sampling in one step; 1 or more.</summary>
    public int MaxSamplingRounds { get; init; } = 8;

    /// <summary>Truncated completions leave the loss; their rewards stay in the group's statistics.</summary>
    public bool MaskTruncated { get; init; }

    /// <summary>Tokens before the limit over which DAPO's soft overlong penalty falls from 0 to -1; null is off.</summary>
    public int? SoftOverlongCache { get; init; }

    /// <summary>A control run: rewards are permuted over all completions of a step, so nothing but noise can be learned.</summary>
    public bool ShuffleRewards { get; init; }

    public SamplingConfig Sampling { get; init; } = new();

    /// <summary>Tokens; null is what the context leaves beside the completion.</summary>
    public int? MaxPromptLength { get; init; }

    public OverlongPrompts OverlongPrompts { get; init; } = OverlongPrompts.Refuse;

    /// <summary>Allow top-k, top-p, min-p and repetition penalty in rollouts, although they bias the ratio.</summary>
    public bool AllowTruncatedSampling { get; init; }

    /// <summary>Train a low-rank adapter over frozen weights; null is all weights.</summary>
    public PolicyAdapterConfig? Adapter { get; init; }

    public OptimizerConfig Optimizer { get; init; } = new();

    public MemoryConfig Memory { get; init; } = new();

    /// <summary>The rules that watch every step.</summary>
    public GuardianConfig Guardian { get; init; } = new();

    /// <summary>Key of every random stream of the run.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a run needs a reference model.</summary>
    [JsonIgnore]
    public bool NeedsReference => Loss.KlCoefficient != 0 || ReportKl;
}
