using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;
using Spectre.Console;

namespace AlignService.Cli.Demo;

/// <summary>The demo's closing tables.</summary>
internal static class DemoReport
{
    private const int ShownPrompts = 8;

    public static void Write(DemoResult result, IAnsiConsole console)
    {
        console.WriteLine();
        if (result.Answers.Count > 0)
        {
            console.Write(Answers(result.Answers));
        }

        console.Write(Numbers(result));
        console.WriteLine($"{result.After.Step} steps in {result.Seconds:0} s on seed {result.Job.Spec.Seed}. Hugging Face checkpoint:");
        console.WriteLine($"  {result.Checkpoint}");
    }

    private static Table Answers(IReadOnlyList<AnsweredPrompt> answers)
    {
        var table = new Table().RoundedBorder().Title("Held-out prompts, answered").AddColumns("prompt", "answer", "before", "after");
        foreach (var answer in answers.Take(ShownPrompts))
        {
            table.AddRow(new SpectreText(Line(answer.Before.Prompt)), new SpectreText(Line(answer.Before.Answer)), Completion(answer.Before), Completion(answer.After));
        }

        return table;
    }

    private static Table Numbers(DemoResult result)
    {
        var table = new Table().RoundedBorder().AddColumns("on held-out prompts", "before", "after");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        AddRow("reward (the reward model's score, trained on)", DemoResult.Reward);
        AddRow("success (the exact answer, only reported)", DemoResult.Success);
        table.AddRow("KL to the reference (nats per token)", "", result.Kl is { } kl ? MetricText.Number(kl) : "");
        return table;

        void AddRow(string label, string score) => table.AddRow(label, Score(result.Before.Scores[score]), Score(result.After.Scores[score]));

        static string Score((double Mean, double? StandardError) score) => MetricText.Score(score.Mean, score.StandardError);
    }

    private static SpectreText Completion(SampleCompletion completion) =>
        new(Line(completion.Completion), new Style(completion.Scores.TryGetValue(DemoResult.Success, out double success) && success > 0.5 ? Color.Green : Color.Red));

    private static string Line(string text) => text.ReplaceLineEndings("⏎");
}
