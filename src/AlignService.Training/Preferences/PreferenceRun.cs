using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tokenization;
using AlignService.Training.Examples;
using AlignService.Training.Fitting;
using AlignService.Training.Policies;

namespace AlignService.Training.Preferences;

/// <summary>Loads a run of direct preference optimisation.</summary>
public static class PreferenceRun
{
    /// <summary>Loads model and data, reads the reference's log-probs, or goes on from a checkpoint, which has them.</summary>
    /// <exception cref="AlignService.Model.AlignException">Something that was named cannot be used.</exception>
    public static FittingRun Load(PreferenceRunSetup setup, string? checkpointDirectory, CancellationToken cancellationToken)
    {
        // 1. The data, before anything that is large.
        TransformerConfig description = HuggingFaceCheckpoint.ReadConfig(setup.ModelDirectory);
        var encode = PairEncoder.ForPolicy(new ExampleEncoder(Tokenizer.Load(setup.ModelDirectory), description));
        ExampleSets sets = new(LengthLimit.Of(setup.Config, description.MaxPositions));
        IReadOnlyList<PreferencePair> Encode(PreferenceSourceConfig source) => sets.Encode(PreferenceFile.Load(source), encode, pair => pair.Length);
        IReadOnlyList<PreferencePair> pairs = Encode(setup.Preferences);
        IReadOnlyList<PreferencePair> heldOut = setup.EvaluationPreferences is null ? [] : Encode(setup.EvaluationPreferences);

        // 2. The policy, and the reference as long as it is read.
        bool isResumed = checkpointDirectory is not null;
        Transformer model = LoadModel(setup.ModelDirectory, sets, new LoadOptions { Dtype = ComputeDtype.Default });
        using Transformer? reference = setup.ReferenceDirectory is null || isResumed ? null : LoadModel(setup.ReferenceDirectory, sets, ComputeDtype.Frozen(setup.Config.Memory.FrozenDtype));
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
        return new FittingRun(new FittedPolicy(model), trainer, setup.ModelDirectory, sets.Messages).From(checkpointDirectory);
    }

    private static Transformer LoadModel(string directory, ExampleSets sets, LoadOptions options)
    {
        Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, options);
        model.PlannedLength = sets.Longest;
        return model;
    }
}
