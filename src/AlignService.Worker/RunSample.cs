using AlignService.Jobs.Events;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Training.Rollouts;
using AlignService.Worker.Answers;

namespace AlignService.Worker;

/// <summary>A rollout as shown to users.</summary>
internal static class RunSample
{
    /// <param name="rollout">Prompt, completion and scores.</param>
    /// <param name="reward">NaN is unscored.</param>
    /// <param name="sources">Names of the reward sources, in the order of the scores.</param>
    public static SampleCompletion Of(Rollout rollout, double reward, IReadOnlyList<string> sources) => new()
    {
        Prompt = Text(rollout.Prompt.Prompt),
        Completion = rollout.Completion.Text,
        Reward = double.IsNaN(reward) ? null : reward,
        Scores = Scored(rollout.Scores, sources),
        FinishReason = FinishReasons.NameOf(rollout.Completion.FinishReason),
        TokenCount = rollout.Completion.TokenIds.Count,
        Answer = rollout.Prompt.Prompt.Answer,
    };

    /// <param name="row">An answer of an evaluation job.</param>
    /// <param name="reward">NaN is unscored.</param>
    /// <param name="sources">Names of the reward sources, in the order of the scores.</param>
    public static SampleCompletion Of(AnswerRow row, double reward, IReadOnlyList<string> sources) => new()
    {
        Prompt = Text(row.Prompt),
        Completion = row.Completion,
        Reward = double.IsNaN(reward) ? null : reward,
        Scores = Scored(row.Scores, sources),
        FinishReason = FinishReasons.NameOf(row.FinishReason),
        TokenCount = row.TokenCount,
        Answer = row.Prompt.Answer,
    };

    private static Dictionary<string, double> Scored(IReadOnlyList<double> scores, IReadOnlyList<string> sources) =>
        sources.Zip(scores).Where(pair => !double.IsNaN(pair.Second)).ToDictionary(pair => pair.First, pair => pair.Second);

    /// <summary>Messages one below the other.</summary>
    public static string Text(Prompt prompt) =>
        prompt.Text ?? string.Join("\n", prompt.Messages!.Select(Text)); // a prompt without text has messages

    private static string Text(PromptMessage message) => $"{message.Role}: {string.Join(' ', new[] { message.Content, message.FieldsJson }.OfType<string>())}";
}
