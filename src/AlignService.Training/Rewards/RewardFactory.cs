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
    /// <exception cref="AlignService.Model.AlignException">A source cannot be set up.</exception>
    public static RewardPanel Create(IReadOnlyList<RewardConfig> configs, int maxCompletionLength, Func<string, string> resolveModel, TimeProvider time) =>
        new([.. configs.Select(config => new RewardSource(config.Name, config.Weight, Create(config, maxCompletionLength, resolveModel)))], time);

    private static IReward Create(RewardConfig config, int maxCompletionLength, Func<string, string> resolveModel) => config switch
    {
        RewardModelConfig model => LoadModel(resolveModel(model.Model)),
        ExactMatchConfig exactMatch => new ExactMatchReward(exactMatch),
        RegularExpressionConfig regularExpression => new RegularExpressionReward(regularExpression),
        NumberMatchConfig numberMatch => new NumberMatchReward(numberMatch),
        LengthConfig length => new LengthReward(length, maxCompletionLength),
        _ => throw new RewardException($"Reward {config.Name} is of the kind {config.GetType().Name}, which this version cannot score."),
    };

    private static RewardModel LoadModel(string directory) => new(
        HuggingFaceCheckpoint.LoadRewardModel(directory, new LoadOptions { Dtype = ComputeDtype.Default, Trainable = false }),
        new RewardInput(Tokenizer.Load(directory)));
}
