using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Training.Rollouts;

/// <summary>Answers prompts with an engine, and scores the answers with the reward sources.</summary>
internal sealed class RolloutCollector(IRolloutEngine engine, RewardSet rewards, SamplingConfig sampling)
{
    /// <summary>Samples a group of completions for each prompt. Not scored yet.</summary>
    /// <param name="prompts">With the indices that key their random streams.</param>
    /// <param name="groupSize">Completions per prompt.</param>
    /// <param name="key">Seed and step.</param>
    /// <param name="cancellationToken">Stops sampling between tokens.</param>
    public IReadOnlyList<RolloutGroup> RollOut(
        IReadOnlyList<(EncodedPrompt Prompt, int StreamIndex)> prompts, int groupSize, SamplingKey key, CancellationToken cancellationToken)
    {
        SamplingRequest[] requests = [.. prompts.Select(prompt => new SamplingRequest(prompt.StreamIndex, prompt.Prompt.Ids, groupSize))];
        IReadOnlyList<IReadOnlyList<Completion>> completions = engine.Sample(requests, sampling, key, cancellationToken);
        return [.. prompts.Zip(completions, (prompt, group) => new RolloutGroup([.. group.Select(completion => new Rollout(prompt.Prompt, completion, []))], key.Step))];
    }

    /// <summary>The same groups with their scores.</summary>
    /// <param name="groups">As rolled out.</param>
    /// <param name="moment">When in the run.</param>
    /// <param name="cancellationToken">Ends scoring at once.</param>
    public (IReadOnlyList<RolloutGroup> Groups, ScoreTable Table) Score(IReadOnlyList<RolloutGroup> groups, ScoringMoment moment, CancellationToken cancellationToken)
    {
        ScoringRequest[] requests = [.. groups.SelectMany((group, number) => group.Rollouts.Select(rollout => rollout.ToScoringRequest() with { Group = number, Moment = moment }))];
        ScoreTable table = rewards.Score(requests, cancellationToken);
        int row = 0;
        RolloutGroup[] scored = [.. groups.Select(group => group with { Rollouts = [.. group.Rollouts.Select(rollout => Scored(rollout, table, row++))] })];
        return (scored, table);
    }

    private static Rollout Scored(Rollout rollout, ScoreTable table, int row) => rollout with { Scores = table.Scores[row], Segments = table.Segments.Count == 0 ? [] : table.Segments[row] };
}

/// <summary>Samples completions from the current policy: an interface that allows other sampling engines.</summary>
public interface IRolloutEngine : IDisposable
{
    /// <summary>The completions of each request, in order.</summary>
    IReadOnlyList<IReadOnlyList<Completion>> Sample(IReadOnlyList<SamplingRequest> requests, SamplingConfig sampling, SamplingKey key, CancellationToken cancellationToken);
}

/// <summary>Samples in this process, from the weights that are being trained. Owns the sampler.</summary>
public sealed class SamplerRolloutEngine(CompletionSampler sampler) : IRolloutEngine
{
    public IReadOnlyList<IReadOnlyList<Completion>> Sample(IReadOnlyList<SamplingRequest> requests, SamplingConfig sampling, SamplingKey key, CancellationToken cancellationToken) =>
        sampler.Sample(requests, sampling, key, maxRows: null, cancellationToken);

    public void Dispose() => sampler.Dispose();
}
