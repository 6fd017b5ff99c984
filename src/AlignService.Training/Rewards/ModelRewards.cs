using AlignService.Model.Checkpoints;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using AlignService.Text.Tokenization;

namespace AlignService.Training.Rewards;

/// <summary>Loads reward models and process reward models.</summary>
/// <param name="resolve">Resolves a model's name in a job to its directory.</param>
/// <param name="policyTokenizer">Finds the tokens at which segments of completions end.</param>
/// <param name="loading">Dtype and device of the models.</param>
public sealed class ModelRewards(Func<string, string> resolve, Tokenizer policyTokenizer, LoadOptions loading) : IModelRewards
{
    public IReward Load(RewardModelConfig config)
    {
        string directory = resolve(config.Model);
        Tokenizer tokenizer = Tokenizer.Load(directory);
        RewardModelHead head = HuggingFaceCheckpoint.LoadRewardModel(directory, loading);
        return new RewardModel(head, new RewardInput(new EmbeddingRows(tokenizer, head.Body.Config.VocabSize), CancellationToken.None));
    }

    public IReward Load(ProcessRewardModelConfig config)
    {
        ISegmentFinder segments = config.SegmentToken is int token
            ? new TokenSegmentFinder(policyTokenizer, token)
            : new DelimiterSegmentFinder(policyTokenizer, config.SegmentDelimiter);
        string ending = config.SegmentToken is int id ? policyTokenizer.TokenText(id) ?? "" : config.SegmentDelimiter;
        string directory = resolve(config.Model);
        Tokenizer tokenizer = Tokenizer.Load(directory);
        RewardModelHead head = HuggingFaceCheckpoint.LoadRewardModel(directory, loading);
        return new ProcessRewardModel(head, new ProcessRewardInput(new EmbeddingRows(tokenizer, head.Body.Config.VocabSize), ending, config.SegmentTag), segments);
    }
}
