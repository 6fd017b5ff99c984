using AlignService.HuggingFace.Directories;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Training.Fitting;
using AlignService.Training.Policies;

namespace AlignService.Training.RewardModeling;

/// <summary>Loads a run of reward-model training.</summary>
public static class RewardModelRun
{
    /// <summary>Loads model and data, and goes on from a checkpoint where one is given.</summary>
    /// <exception cref="AlignService.AlignException">Something that was named cannot be used.</exception>
    public static FittingRun Load(RewardModelRunSetup setup, string? checkpointDirectory)
    {
        // 1. The data, before anything that is large.
        ExampleSets sets = new(setup.ModelDirectory, setup.Config);
        var encode = PairEncoder.ForRewardModel(sets.Tokenizer);
        IReadOnlyList<PreferencePair> pairs = sets.Encode(setup.Preferences, encode);
        IReadOnlyList<PreferencePair> heldOut = sets.Encode(setup.EvaluationPreferences, encode);

        // 2. The model.
        RewardModelHead model = LoadModel(setup, sets);
        FittingTrainer trainer = RewardModelTrainer.Create(model, pairs, heldOut, setup.Config);
        return new FittingRun(new FittedRewardModel(model), trainer, sets.BaseDirectory, sets.Messages).From(checkpointDirectory);
    }

    /// <summary>A language model gets a new head, which the job's seed draws.</summary>
    private static RewardModelHead LoadModel(RewardModelRunSetup setup, ExampleSets sets)
    {
        LoadOptions options = ComputeDtype.Trained(setup.Config.Memory.PolicyDtype, setup.Device);
        if (HuggingFaceDirectory.HasScoreHead(sets.BaseDirectory))
        {
            return HuggingFaceCheckpoint.LoadRewardModel(setup.ModelDirectory, options);
        }

        Transformer body = HuggingFaceCheckpoint.LoadTransformer(setup.ModelDirectory, options);
        return RewardModelHead.FromTransformer(body, body.Config.PadTokenId ?? sets.Tokenizer.PadId, setup.Config.Seed);
    }
}
