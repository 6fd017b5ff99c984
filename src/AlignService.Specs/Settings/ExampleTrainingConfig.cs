using AlignService.Specs.Binding;

namespace AlignService.Specs.Settings;

/// <summary>Settings of training on fixed examples: supervised, preference and reward-model training.</summary>
public sealed record ExampleTrainingConfig
{
    /// <summary>Passes over the examples, where <see cref="StepCount"/> is null; 1 or more.</summary>
    [Setting("epochs", Min = 1, Needs = Need.Epochs, Aliases = "num_train_epochs max_epochs n_epochs")]
    public int EpochCount { get; init; } = 1;

    /// <summary>Optimizer steps; 1 or more. Null uses <see cref="EpochCount"/>.</summary>
    [Setting("steps", Min = 1, ZeroIsOff = true, Unit = "{step}", Aliases = "max_steps")]
    public int? StepCount { get; init; }

    /// <summary>Examples, or pairs, of one optimizer step; 1 or more. One step of each epoch takes the remainder.</summary>
    [Setting(Min = 1, Max = 1_000_000, Unit = "{row}", Aliases = "per_device_train_batch_size train_batch_size")]
    public int BatchSize { get; init; } = 32;

    /// <summary>Largest number of examples in one forward pass; null is chosen from memory. Any value gives the same gradient, except for an adapter's dropout.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Unit = "{row}", Aliases = "micro_train_batch_size")]
    public int? MicroBatchSize { get; init; }

    /// <summary>Whether a batch takes examples of similar length, to reduce padding.</summary>
    [Setting]
    public bool GroupByLength { get; init; } = true;

    /// <summary>Tokens of the longest sequence that is trained on; null is the model's context.</summary>
    [Setting(Min = 2, ZeroIsOff = true, Unit = "{token}", Why = "a prompt and an answer have at least one token each", Aliases = "max_seq_length max_len max_prompt_length")]
    public int? MaxLength { get; init; }

    /// <summary>What happens to examples that are longer.</summary>
    [Setting]
    public OverlongPrompts OverlongExamples { get; init; } = OverlongPrompts.Refuse;

    [Settings("../optimizer", Aliases = "optim")]
    public OptimizerConfig Optimizer { get; init; } = new() { LearningRate = 1e-5 };

    /// <summary>Train a low-rank adapter of a language model; null trains all weights.</summary>
    [Settings("../adapter", InEveryKind = false, Aliases = "peft_config peft lora")]
    public PolicyAdapterConfig? Adapter { get; init; }

    [Settings("../memory")]
    public MemoryConfig Memory { get; init; } = new();

    /// <summary>Key of the order of the examples, and of a new head's values.</summary>
    public ulong Seed { get; init; }

    /// <summary>With the job kind's learning rate, if none is given: an adapter uses a higher one than full training.</summary>
    internal ExampleTrainingConfig WithLearningRate(double ofAllWeights, double ofAdapter, Func<string, bool> isGiven) =>
        isGiven("optimizer/learning_rate") ? this : this with { Optimizer = Optimizer with { LearningRate = Adapter is null ? ofAllWeights : ofAdapter } };
}
