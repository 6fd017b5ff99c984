using AlignService.Specs.Resources;
using AlignService.Text;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>Some completions of a step, or of an evaluation.</summary>
public sealed record SampleCompletions(IReadOnlyList<SampleCompletion> Completions, bool Evaluation) : JobEventBody
{
    /// <summary>Characters of prompts, completions and answers in one event; a client takes 4 MiB, and a character has up to three bytes.</summary>
    private const int TextBudget = 600_000;

    private const int MostCompletions = 1000;

    internal override string Describe(int step, int totalSteps) =>
        $"{Completions.Count} sample completions of {(Evaluation ? "the held-out prompts" : "the training prompts")}, step {step}";

    public override JobEventBody Bounded() => this with { Completions = [.. Completions.Take(MostCompletions).Select(sample => sample.Bounded(TextBudget / 3 / Math.Max(1, Math.Min(Completions.Count, MostCompletions))))] };

    internal override void WriteTo(Wire.JobEvent wire, JobId id) =>
        wire.Samples = new Wire.SampleCompletions { Completions = { Completions.Select(sample => sample.ToWire()) }, Evaluation = Evaluation };
}

/// <summary>A completion as a user reads it.</summary>
public sealed record SampleCompletion
{
    public required string Prompt { get; init; }

    public required string Completion { get; init; }

    /// <summary>Null is "no score".</summary>
    public double? Reward { get; init; }

    /// <summary>Score of each source that gave one.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>stop, stop_string or length.</summary>
    public required string FinishReason { get; init; }

    public int TokenCount { get; init; }

    public string? Answer { get; init; }

    internal SampleCompletion Bounded(int limit) => this with
    {
        Prompt = ShortText.Cut(Prompt, limit),
        Completion = ShortText.Cut(Completion, limit),
        Answer = Answer is null ? null : ShortText.Cut(Answer, limit),
    };

    internal Wire.SampleCompletion ToWire()
    {
        var wire = new Wire.SampleCompletion
        {
            Prompt = Prompt,
            Completion = Completion,
            Scores = { Scores.ToDictionary() },
            FinishReason = FinishReason,
            TokenCount = TokenCount,
            Answer = Answer ?? "",
        };
        if (Reward is { } reward)
        {
            wire.Reward = reward;
        }

        return wire;
    }
}
