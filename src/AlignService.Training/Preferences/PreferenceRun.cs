using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Training.Fitting;
using AlignService.Training.Policies;

namespace AlignService.Training.Preferences;

/// <summary>Loads a run of direct preference optimisation.</summary>
public static class PreferenceRun
{
    /// <summary>Loads model and data, reads the reference's log-probs, or goes on from a checkpoint, which has them.</summary>
    /// <exception cref="AlignService.AlignException">Something that was named cannot be used.</exception>
    public static FittingRun Load(PreferenceRunSetup setup, string? checkpointDirectory, CancellationToken cancellationToken)
    {
        // 1. The data, before anything that is large.
        ExampleSets sets = new(setup.ModelDirectory, setup.Config);
        var encode = PairEncoder.ForPolicy(new ExampleEncoder(sets.Tokenizer, sets.Model));
        IReadOnlyList<PreferencePair> pairs = sets.Encode(setup.Preferences, encode);
        IReadOnlyList<PreferencePair> heldOut = sets.Encode(setup.EvaluationPreferences, encode);

        // 2. The policy, and the reference as long as it is read.
        bool isResumed = checkpointDirectory is not null;
        Transformer model = PolicyLoader.Load(setup.ModelDirectory, setup.Config.Adapter, setup.ResolveModel, setup.Config.Seed, ComputeDtype.Trained(setup.Config.Memory.PolicyDtype, setup.Device));
        model.PlannedLength = sets.Longest;
        using Transformer? reference = setup.ReferenceDirectory is null || isResumed ? null : LoadReference(setup, sets.Longest);
        PreferenceTrainerSetup trainerSetup = new()
        {
            Model = model,
            Reference = reference,
            IsResumed = isResumed,
            Pairs = pairs,
            HeldOut = heldOut,
            Config = setup.Config,
            Preference = setup.Preference,
        };
        FittingTrainer trainer = PreferenceTrainer.Create(trainerSetup, cancellationToken);
        return new FittingRun(new FittedPolicy(model), trainer, sets.BaseDirectory, sets.Messages).From(checkpointDirectory);
    }

    private static Transformer LoadReference(PreferenceRunSetup setup, int plannedLength)
    {
        Transformer model = HuggingFaceCheckpoint.LoadTransformer(setup.ReferenceDirectory!, ComputeDtype.Frozen(setup.Config.Memory.FrozenDtype, setup.Device));
        model.PlannedLength = plannedLength;
        return model;
    }
}
