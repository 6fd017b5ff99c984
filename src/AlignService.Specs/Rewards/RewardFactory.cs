using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Forms;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Rewards.Scripts;
using AlignService.Specs.Rewards.Segments;

namespace AlignService.Specs.Rewards;

/// <summary>Makes the reward sources that a job names.</summary>
public static class RewardFactory
{
    /// <param name="configs">One a source.</param>
    /// <param name="setup">What they need of the job.</param>
    /// <exception cref="AlignService.AlignException">A source cannot be set up.</exception>
    public static RewardSet Create(IReadOnlyList<RewardConfig> configs, RewardSetup setup)
    {
        // Sources that others ask are made first, and remember what they said.
        HashSet<string> asked = [.. configs.OfType<CosineLengthConfig>().Select(config => config.CorrectSource).OfType<string>()];
        Dictionary<string, IReward> made = [];
        foreach (RewardConfig config in configs.Where(config => config is not CosineLengthConfig))
        {
            IReward reward = Create(config, setup);
            made[config.Name] = asked.Contains(config.Name) ? new RememberedReward(reward) : reward;
        }

        foreach (CosineLengthConfig config in configs.OfType<CosineLengthConfig>())
        {
            made[config.Name] = new CosineLengthReward(config, setup.MaxCompletionLength, Correctness(config, made));
        }

        return new([.. configs.Select(config => new RewardSource(config.Name, config.Weight, made[config.Name]))], setup.Time);
    }

    private static IReward Create(RewardConfig config, RewardSetup setup) => config switch
    {
        RewardModelConfig model => setup.Models.Load(model),
        ExactMatchConfig exactMatch => new ExactMatchReward(exactMatch),
        RegularExpressionConfig regularExpression => new RegularExpressionReward(regularExpression),
        NumberMatchConfig numberMatch => new NumberMatchReward(numberMatch),
        LengthConfig length => new LengthReward(length, setup.MaxCompletionLength),
        ChoiceConfig choice => new ChoiceReward(choice),
        JsonConfig json => new JsonReward(json),
        ThinkFormatConfig thinkFormat => new ThinkFormatReward(thinkFormat),
        OverlongConfig overlong => new OverlongReward(overlong, setup.MaxCompletionLength),
        RepetitionConfig repetition => new RepetitionReward(repetition),
        JavaScriptConfig script => new JavaScriptReward(script, Segments(script, setup)),
        ProcessRewardModelConfig process => setup.Models.Load(process),
        _ => throw new RewardException($"Reward {config.Name} is of the kind {config.GetType().Name}, which this version cannot score."),
    };

    private static ISegmentFinder? Segments(JavaScriptConfig script, RewardSetup setup) => script switch
    {
        { StepPerToken: true } => new EveryTokenSegmentFinder(setup.PolicyTokenizer),
        { StepDelimiter: string delimiter } => new DelimiterSegmentFinder(setup.PolicyTokenizer, delimiter),
        _ => null,
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
}
