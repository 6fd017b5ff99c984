using AlignService.Specs.Binding;
using AlignService.Specs.Examples;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Supervised fine-tuning on prompts and completions.</summary>
public sealed record SupervisedJob : JobKind, IExampleJob
{
    /// <summary>The start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    [Setting(IsPath = true, Aliases = "model_name_or_path pretrain model_path")]
    public required string Model { get; init; }

    [Settings("examples", Aliases = "data dataset train_dataset")]
    public required ExampleSourceConfig Examples { get; init; }

    /// <summary>Held-out examples; null is no evaluation.</summary>
    [Settings("evaluation_examples", Aliases = "eval_dataset")]
    public ExampleSourceConfig? EvaluationExamples { get; init; }

    [Settings("training", Aliases = "algorithm")]
    public required ExampleTrainingConfig Config { get; init; }

    string? IExampleJob.MissingHeldOut => EvaluationExamples is null && Examples.HeldOutFraction == 0 ? "evaluation_examples" : null;

    public override JobKind WithModels(Func<string, string> rename) => this with
    {
        Model = rename(Model),
        Config = Config with { Adapter = Config.Adapter?.WithDirectory(rename) },
    };

    internal override JobKind Settle(Func<string, bool> isGiven) => this with { Config = Config.WithLearningRate(1e-5, 1e-4, isGiven) };

    internal override JobKind WithSeed(ulong seed) => this with { Config = Config with { Seed = seed } };

    internal override JobKind Usual() => new SupervisedJob { Model = "", Examples = new(), Config = new() { Adapter = Config.Adapter } }.Settle(_ => false);
}
