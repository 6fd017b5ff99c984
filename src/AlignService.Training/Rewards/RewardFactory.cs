using AlignService.Model.Checkpoints;
using AlignService.Model.Tokenization;
using AlignService.Training.Policies;

namespace AlignService.Training.Rewards;

/// <summary>Makes the reward sources that a job names.</summary>
public static class RewardFactory
{
    /// <param name="configs">One a source.</param>
    /// <param name="maxCompletionLength">The job's, in tokens.</param>
    /// <param name="resolveModel">From a model's name in a job to its directory.</param>
    /// <param name="time">Measures the latency of each source.</param>
    /// <param name="held">What reward models are held in.</param>
    /// <exception cref="AlignService.Model.AlignException">A source cannot be set up.</exception>
    public static RewardPanel Create(
        IReadOnlyList<RewardConfig> configs, int maxCompletionLength, Func<string, string> resolveModel, TimeProvider time, FrozenDtype held = FrozenDtype.F32)
    {
        // Sources that others ask are made first, and remember what they said.
        HashSet<string> asked = [.. configs.OfType<CosineLengthConfig>().Select(config => config.CorrectSource).OfType<string>()];
        Dictionary<string, IReward> made = [];
        foreach (RewardConfig config in configs.Where(config => config is not CosineLengthConfig))
        {
            IReward reward = Create(config, maxCompletionLength, resolveModel, held);
            made[config.Name] = asked.Contains(config.Name) ? new RememberedReward(reward) : reward;
        }

        foreach (CosineLengthConfig config in configs.OfType<CosineLengthConfig>())
        {
            made[config.Name] = new CosineLengthReward(config, maxCompletionLength, Correctness(config, made));
        }

        return new([.. configs.Select(config => new RewardSource(config.Name, config.Weight, made[config.Name]))], time);
    }

    private static IReward Create(RewardConfig config, int maxCompletionLength, Func<string, string> resolveModel, FrozenDtype held) => config switch
    {
        RewardModelConfig model => LoadModel(resolveModel(model.Model), held),
        ExactMatchConfig exactMatch => new ExactMatchReward(exactMatch),
        RegularExpressionConfig regularExpression => new RegularExpressionReward(regularExpression),
        NumberMatchConfig numberMatch => new NumberMatchReward(numberMatch),
        LengthConfig length => new LengthReward(length, maxCompletionLength),
        ChoiceConfig choice => new ChoiceReward(choice),
        JsonConfig json => new JsonReward(json),
        ThinkFormatConfig thinkFormat => new ThinkFormatReward(thinkFormat),
        OverlongConfig overlong => new OverlongReward(overlong, maxCompletionLength),
        RepetitionConfig repetition => new RepetitionReward(repetition),
        _ => throw new RewardException($"Reward {config.Name} is of the kind {config.GetType().Name}, which this version cannot score."),
    };

    private static IReward Correctness(CosineLengthConfig config, Dictionary<string, IReward> made)
    {
        if (config.CorrectSource is null)
        {
            return new NumberMatchReward(new NumberMatchConfig { Name = config.Name });
        }

        return made.TryGetValue(config.CorrectSource, out IReward? source) && source is not CosineLengthReward
            ? source
            : throw new RewardException($"Reward {config.Name} asks the source \"{config.CorrectSource}\" what is right, which is no source of this job; name one of {string.Join(", ", made.Keys)}.");
    }

    private static RewardModel LoadModel(string directory, FrozenDtype held) => new(
        HuggingFaceCheckpoint.LoadRewardModel(directory, ComputeDtype.Frozen(held)),
        new RewardInput(Tokenizer.Load(directory)));
}
