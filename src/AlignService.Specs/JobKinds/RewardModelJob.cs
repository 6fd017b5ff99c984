using AlignService.Specs.Binding;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Bradley-Terry training of a reward model on pairs of answers.</summary>
public sealed record RewardModelJob : JobKind, IExampleJob
{
    /// <summary>The start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}; a language model gets a new head.</summary>
    [Setting(IsPath = true, Aliases = "model_name_or_path pretrain model_path")]
    public required string Model { get; init; }

    [Settings("preferences", Aliases = "data dataset train_dataset")]
    public required PreferenceSourceConfig Preferences { get; init; }

    /// <summary>Held-out preferences; null is no evaluation.</summary>
    [Settings("evaluation_preferences", Aliases = "eval_dataset")]
    public PreferenceSourceConfig? EvaluationPreferences { get; init; }

    [Settings("training", Aliases = "algorithm")]
    public required ExampleTrainingConfig Config { get; init; }

    string? IExampleJob.MissingHeldOut => EvaluationPreferences is null && Preferences.HeldOutFraction == 0 ? "evaluation_preferences" : null;

    public override JobKind WithModels(Func<string, string> rename) => this with
    {
        Model = rename(Model),
        Config = Config with { Adapter = Config.Adapter?.WithDirectory(rename) },
    };

    internal override JobKind Settle(Func<string, bool> isGiven) => this with { Config = Config.WithLearningRate(1e-5, 1e-5, isGiven) };

    internal override JobKind WithSeed(ulong seed) => this with { Config = Config with { Seed = seed } };

    internal override JobKind Usual() => new RewardModelJob { Model = "", Preferences = new(), Config = new() { Adapter = Config.Adapter } }.Settle(_ => false);
}
