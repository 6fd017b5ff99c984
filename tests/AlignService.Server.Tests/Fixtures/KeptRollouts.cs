using System.Globalization;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data;
using Microsoft.Extensions.DependencyInjection;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>Rollouts as a worker keeps them, under its lease.</summary>
internal static class KeptRollouts
{
    public const int PerStep = 8;

    public static async Task KeepAsync(TestServer server, FakeWorker worker, int step, int textLength = 20)
    {
        StepRollouts rollouts = new(step, ["low"], [.. Enumerable.Range(0, PerStep).Select(number => Of(step, number, textLength))], null);
        string file = server.Services.GetRequiredService<IRolloutFiles>().Write(worker.Lease, rollouts);
        await server.Store.Rollouts.RecordAsync(worker.Lease, new RolloutEntry(step, file, RolloutColumns.Of(rollouts)), 1, CancellationToken.None);
    }

    /// <summary>Every second one has reward 1, the others 0; the last has no score and was not learned from.</summary>
    private static RolloutRecord Of(int step, int number, int textLength) => new()
    {
        Step = step,
        Number = number,
        Group = number / 4,
        Prompt = new Prompt(number / 4, $"prompt {number / 4}", null, "4"),
        PromptText = $"prompt {number / 4}",
        PromptTokenIds = [1, 2],
        Completion = string.Create(CultureInfo.InvariantCulture, $"completion {step}-{number} ").PadRight(textLength, 'x'),
        CompletionTokenIds = [3, number],
        TokenCount = 2,
        Scores = [number == PerStep - 1 ? double.NaN : number % 2],
        Reward = number == PerStep - 1 ? double.NaN : number % 2,
        Advantage = number == PerStep - 1 ? double.NaN : number % 2 - 0.5,
        FinishReason = number % 2 == 0 ? "stop" : "length",
        LogProbs = new RolloutLogProbs(-0.5, -1.5, 0.25),
        PolicyStep = step - 1,
    };
}
