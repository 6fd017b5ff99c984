using AlignService.Specs.Binding;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Direct preference optimization on pairs of answers.</summary>
public sealed record PreferenceJob : JobKind, IExampleJob
{
    /// <summary>The policy's start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    [Setting(IsPath = true, Aliases = "model_name_or_path pretrain model_path")]
    public required string Model { get; init; }

    /// <summary>The frozen model; null is the policy's start.</summary>
    [Setting(IsPath = true, Aliases = "ref_model")]
    public string? ReferenceModel { get; init; }

    [Settings("preferences", Aliases = "data dataset train_dataset")]
    public required PreferenceSourceConfig Preferences { get; init; }

    /// <summary>Held-out preferences; null is no evaluation.</summary>
    [Settings("evaluation_preferences", Aliases = "eval_dataset")]
    public PreferenceSourceConfig? EvaluationPreferences { get; init; }

    [Settings("training", Aliases = "algorithm")]
    public required ExampleTrainingConfig Config { get; init; }

    [Settings(".")]
    public PreferenceConfig Preference { get; init; } = new();

    string? IExampleJob.MissingHeldOut => EvaluationPreferences is null && Preferences.HeldOutFraction == 0 ? "evaluation_preferences" : null;

    bool IExampleJob.HoldsFrozen => ReferenceModel is not null;

    public override JobKind WithModels(Func<string, string> rename) => this with
    {
        Model = rename(Model),
        ReferenceModel = ReferenceModel is null ? null : rename(ReferenceModel),
        Config = Config with { Adapter = Config.Adapter?.WithDirectory(rename) },
    };

    internal override JobKind Settle(Func<string, bool> isGiven) => this with { Config = Config.WithLearningRate(1e-6, OptimizerConfig.AdapterLearningRate, isGiven) };

    internal override JobKind WithSeed(ulong seed) => this with { Config = Config with { Seed = seed } };

    internal override JobKind Usual() => new PreferenceJob { Model = "", Preferences = new(), Config = new() { Adapter = Config.Adapter } }.Settle(_ => false);
}
