using System.Text.Json;
using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;

namespace AlignService.Benchmarks.Learning;

/// <summary>What a teacher would write for the task's training prompts: the right answers, and beside each a wrong one of the kinds that the policy's start gives.</summary>
internal static class SortingExamples
{
    public static IReadOnlyList<Example> Demonstrations { get; } =
        [.. Problems().Select((problem, i) => new Example(new Prompt(i, problem.Prompt, null, null), Spaced(problem.Answer)))];

    /// <summary>The rejected answer is the letters downwards or as they came, in turns; never the right one.</summary>
    public static IReadOnlyList<Preference> Preferences { get; } =
        [.. Problems().Select((problem, i) => new Preference(new Prompt(i, problem.Prompt, null, null), Spaced(problem.Answer), Spaced(i % 2 == 0 || Copied(problem) == problem.Answer ? Downwards(problem) : Copied(problem))))];

    private static IEnumerable<(string Prompt, string Answer)> Problems() => File.ReadLines(SortingTask.TrainingPromptFile).Select(line =>
    {
        using JsonDocument row = JsonDocument.Parse(line);
        return (row.RootElement.GetProperty("prompt").GetString()!, row.RootElement.GetProperty("answer").GetString()!);
    });

    private static string Downwards((string Prompt, string Answer) problem) => string.Concat(problem.Answer.OrderDescending());

    /// <summary>Prompts read "sort abcde:".</summary>
    private static string Copied((string Prompt, string Answer) problem) => problem.Prompt.Split(' ', ':')[1];

    private static string Spaced(string letters) => " " + letters;
}
