namespace AlignService.Cli.Tests;

/// <summary>Job files that evaluate on the demo's policy, which sorts letters.</summary>
internal static class EvaluationFiles
{
    private const string Alphabet = "abcdefghijklm";

    /// <param name="promptCount">How many prompts; each has the sorted letters as its answer.</param>
    /// <param name="batchSize">Prompts of one step.</param>
    /// <param name="model">What answers.</param>
    public static string Scored(int promptCount, int batchSize, string? model = null) => $"""
        display_name: sorting
        seed: 11
        evaluation:
          model: {model ?? JobFiles.Policy}
          prompts:
            inline:
        {string.Join('\n', Enumerable.Range(0, promptCount).Select(Prompt))}
          rewards:
            - name: right
              exact_match: {"{}"}
            - name: brief
              weight: 0.25
              length: {"{}"}
          batch_size: {batchSize}
          samples_per_prompt: 4
          pass_at: [1, 2, 4]
          success_source: right
          table: both
          sampling:
            max_completion_length: 12

        """;

    private static string Prompt(int number)
    {
        char[] letters = [.. Enumerable.Range(0, 5).Select(place => Alphabet[((number * 7) + (place * (1 + (number % 3)))) % Alphabet.Length])];
        return $"      - text: \"sort {new string(letters)}:\"\n        answer: \"{string.Concat(letters.Order())}\"";
    }
}
