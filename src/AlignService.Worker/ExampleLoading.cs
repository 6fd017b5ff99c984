using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Directories;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Examples;
using AlignService.Training.Policies;

namespace AlignService.Worker;

/// <summary>A job's training on examples with everything loaded.</summary>
/// <param name="Model">Owned by the run.</param>
/// <param name="Trainer">Before its first step.</param>
/// <param name="StartDirectory">The full model that training starts from, or the base of its start adapter.</param>
/// <param name="Messages">Messages for the user about model and data.</param>
internal sealed record LoadedExamples(ITrainedModel Model, ExampleTrainer Trainer, string StartDirectory, IReadOnlyList<LogMessage> Messages);

/// <summary>Loads the data of jobs that train on examples, and after it the model, because it is large.</summary>
internal static class ExampleLoading
{
    /// <summary>How a job is loaded, given whether it is resumed.</summary>
    /// <exception cref="UnknownJobKindException">The job was created by a program that supports more kinds.</exception>
    public static Func<bool, CancellationToken, LoadedExamples> Of(JobKind job, RunEnvironment environment) => job switch
    {
        SupervisedJob supervised => (_, cancelled) => Load(supervised, environment, cancelled),
        PreferenceJob preference => (isResumed, cancelled) => Load(preference, environment, isResumed, cancelled),
        RewardModelJob rewardModel => (_, cancelled) => Load(rewardModel, environment, cancelled),
        _ => throw new UnknownJobKindException($"The job is a {job.GetType().Name}, which this program cannot run. Run it with the version that accepted it."),
    };

    /// <exception cref="AlignException">Something that was named cannot be used.</exception>
    private static LoadedExamples Load(SupervisedJob job, RunEnvironment environment, CancellationToken cancellationToken)
    {
        string directory = environment.ResolveModel(job.Model);
        ExampleSets sets = new(directory, job.Config);
        ExampleEncoder encoder = new(sets.Tokenizer, sets.Model, cancellationToken);
        IReadOnlyList<TokenSequence> Encode(IReadOnlyList<Example> rows) => rows.Count == 0 ? [] : sets.Encode(rows, encoder.Encode, row => row.Length);
        var data = ExampleFile.Split(ExampleFile.Load(job.Examples, environment.Files, cancellationToken), job.Examples);
        IReadOnlyList<TokenSequence> examples = Encode(data.Training);
        IReadOnlyList<TokenSequence> heldOut = Encode(job.EvaluationExamples is { } evaluation ? ExampleFile.Load(evaluation, environment.Files, cancellationToken) : data.HeldOut);

        Transformer model = LoadPolicy(directory, job.Config, sets, environment);
        return Loaded(new TrainedPolicy(model), new SupervisedObjective(model, examples), new SupervisedObjective(model, heldOut), job.Config, (sets, RunMessages.HeldOut(data.Training.Count, data.HeldOut.Count, job.Examples)));
    }

    /// <param name="job">What to train, and how.</param>
    /// <param name="environment">Resolves models, and has their device.</param>
    /// <param name="isResumed">The reference's log-probs come from a checkpoint that is restored next, so the reference is not read.</param>
    /// <param name="cancellationToken">Checked while the reference is read.</param>
    /// <exception cref="AlignException">Something that was named cannot be used.</exception>
    private static LoadedExamples Load(PreferenceJob job, RunEnvironment environment, bool isResumed, CancellationToken cancellationToken)
    {
        string directory = environment.ResolveModel(job.Model);
        ExampleSets sets = new(directory, job.Config);
        Func<Preference, PreferencePair> encode = PairEncoder.ForPolicy(new ExampleEncoder(sets.Tokenizer, sets.Model, cancellationToken));
        PreferenceSets data = PreferenceSets.Load((job.Preferences, job.EvaluationPreferences), environment.Files, cancellationToken);
        IReadOnlyList<PreferencePair> pairs = sets.Encode(data.Training, encode);
        IReadOnlyList<PreferencePair> heldOut = sets.Encode(data.HeldOut, encode);

        Transformer model = LoadPolicy(directory, job.Config, sets, environment);
        using Transformer? reference = job.ReferenceModel is null || isResumed ? null : LoadReference(job, sets, environment);
        PreferenceObjective Over(string name, IReadOnlyList<PreferencePair> over)
        {
            ReferenceLogProbs logProbs = isResumed
                ? ReferenceLogProbs.Allocate(name, over.Count)
                : ReferenceLogProbs.Compute(name, reference ?? model, over, job.Config.MicroBatchSize, cancellationToken);
            return new(model, over, logProbs, job.Preference);
        }

        return Loaded(new TrainedPolicy(model), Over(ReferenceLogProbs.Training, pairs), Over(ReferenceLogProbs.HeldOut, heldOut), job.Config, (sets, Notes(data, job.Preferences)));
    }

    /// <exception cref="AlignException">Something that was named cannot be used.</exception>
    private static LoadedExamples Load(RewardModelJob job, RunEnvironment environment, CancellationToken cancellationToken)
    {
        string directory = environment.ResolveModel(job.Model);
        ExampleSets sets = new(directory, job.Config);
        Func<Preference, PreferencePair> encode = PairEncoder.ForRewardModel(new EmbeddingRows(sets.Tokenizer, sets.Model.VocabSize), cancellationToken);
        PreferenceSets data = PreferenceSets.Load((job.Preferences, job.EvaluationPreferences), environment.Files, cancellationToken);
        IReadOnlyList<PreferencePair> pairs = sets.Encode(data.Training, encode);
        IReadOnlyList<PreferencePair> heldOut = sets.Encode(data.HeldOut, encode);

        RewardModelHead model = LoadRewardModel(directory, job.Config, sets, environment);
        return Loaded(new TrainedRewardModel(model), new RewardModelObjective(model, pairs), new RewardModelObjective(model, heldOut), job.Config, (sets, Notes(data, job.Preferences)));
    }

    private static LoadedExamples Loaded(ITrainedModel model, IExampleObjective objective, IExampleObjective heldOut, ExampleTrainingConfig config, (ExampleSets Sets, IReadOnlyList<LogMessage> Notes) data) =>
        new(model, new ExampleTrainer(model, objective, heldOut, config, TimeProvider.System), data.Sets.BaseDirectory, [.. data.Notes, .. data.Sets.Messages.Select(RunMessages.Warning)]);

    /// <summary>Of the data of the training source: what is given apart is not of it.</summary>
    private static IReadOnlyList<LogMessage> Notes(PreferenceSets data, IHeldOutShare share) => RunMessages.HeldOut(data.Training.Count, data.HeldOut.Count, share);

    private static Transformer LoadPolicy(string directory, ExampleTrainingConfig config, ExampleSets sets, RunEnvironment environment)
    {
        Transformer model = PolicyLoader.Load(directory, config.Adapter, environment.ResolveAdapter, config.Seed, ComputeDtype.Trained(config.Memory.PolicyDtype, environment.Device));
        model.PlannedLength = sets.Longest;
        return model;
    }

    private static Transformer LoadReference(PreferenceJob job, ExampleSets sets, RunEnvironment environment)
    {
        string directory = environment.ResolveModel(job.ReferenceModel!);
        SharedTokens.Require(sets.BaseDirectory, AdaptedModel.At(directory).BaseDirectory, "the policy");
        Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, ComputeDtype.Frozen(job.Config.Memory.FrozenDtype, environment.Device));
        model.PlannedLength = sets.Longest;
        return model;
    }

    /// <summary>A language model gets a new head, drawn with the job's seed.</summary>
    private static RewardModelHead LoadRewardModel(string directory, ExampleTrainingConfig config, ExampleSets sets, RunEnvironment environment)
    {
        LoadOptions options = ComputeDtype.Trained(config.Memory.PolicyDtype, environment.Device);
        if (HuggingFaceDirectory.HasScoreHead(sets.BaseDirectory))
        {
            return HuggingFaceCheckpoint.LoadRewardModel(directory, options);
        }

        Transformer body = HuggingFaceCheckpoint.LoadTransformer(directory, options);
        return RewardModelHead.FromTransformer(body, body.Config.PadTokenId ?? sets.Tokenizer.PadId, config.Seed);
    }
}
