using System.Globalization;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A group of two completions, which say what the run's state was.</summary>
internal static class FakeRollouts
{
    public static StepRollouts Of(int step, double weight, int? keptSteps = null) => new(step, ["exact"], [Of(step, 0, weight), Of(step, 1, -weight)], keptSteps);

    private static RolloutRecord Of(int step, int number, double reward) => new()
    {
        Step = step,
        Number = number,
        Group = 0,
        Prompt = new Prompt(0, "2+2=", null, "4"),
        PromptText = "2+2=",
        PromptTokenIds = [1, 2],
        Completion = reward.ToString("R", CultureInfo.InvariantCulture),
        CompletionTokenIds = [3, 4, 5],
        TokenCount = 3,
        Scores = [reward],
        Reward = reward,
        Advantage = Math.Sign(reward),
        FinishReason = "stop",
        LogProbs = new RolloutLogProbs(-0.5, -1, null),
        PolicyStep = step - 1,
    };
}
