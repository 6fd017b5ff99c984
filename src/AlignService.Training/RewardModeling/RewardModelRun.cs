using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Tokenization;
using AlignService.Training.Examples;
using AlignService.Training.Fitting;
using AlignService.Training.Policies;
using AlignService.Training.Preferences;

namespace AlignService.Training.RewardModeling;

/// <summary>Loads a run of reward-model training.</summary>
public static class RewardModelRun
{
    /// <summary>Loads model and data, and goes on from a checkpoint where one is given.</summary>
    /// <exception cref="AlignService.Model.AlignException">Something that was named cannot be used.</exception>
    public static FittingRun Load(RewardModelRunSetup setup, string? checkpointDirectory)
    {
        // 1. The data, before anything that is large.
        string start = AdaptedModel.At(setup.ModelDirectory).BaseDirectory;
        Tokenizer tokenizer = Tokenizer.Load(start);
        var encode = PairEncoder.ForRewardModel(tokenizer);
        ExampleSets sets = new(LengthLimit.Of(setup.Config, HuggingFaceCheckpoint.ReadConfig(start).MaxPositions));
        IReadOnlyList<PreferencePair> Encode(PreferenceSourceConfig source) => sets.Encode(PreferenceFile.Load(source), encode, pair => pair.Length);
        IReadOnlyList<PreferencePair> pairs = Encode(setup.Preferences);
        IReadOnlyList<PreferencePair> heldOut = setup.EvaluationPreferences is null ? [] : Encode(setup.EvaluationPreferences);

        // 2. The model.
        RewardModelHead model = LoadModel(setup.ModelDirectory, start, tokenizer, setup.Config.Seed);
        FittingTrainer trainer = RewardModelTrainer.Create(model, pairs, heldOut, setup.Config);
        return new FittingRun(new FittedRewardModel(model), trainer, start, sets.Messages).From(checkpointDirectory);
    }

    /// <summary>A language model gets a new head, which the job's seed draws.</summary>
    private static RewardModelHead LoadModel(string directory, string baseDirectory, Tokenizer tokenizer, ulong seed)
    {
        LoadOptions options = new() { Dtype = ComputeDtype.Default };
        if (HuggingFaceCheckpoint.HasScoreHead(baseDirectory))
        {
            return HuggingFaceCheckpoint.LoadRewardModel(directory, options);
        }

        Transformer body = HuggingFaceCheckpoint.LoadTransformer(directory, options);
        return RewardModelHead.FromTransformer(body, body.Config.PadTokenId ?? tokenizer.PadId, seed);
    }
}
