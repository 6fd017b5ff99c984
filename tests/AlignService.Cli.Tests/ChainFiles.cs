namespace AlignService.Cli.Tests;

/// <summary>Job files of the kinds that train on examples, for chains of jobs on the demo's policy.</summary>
internal static class ChainFiles
{
    private static readonly string[] Letters = ["ejcmd", "kjhdn", "nhklj", "bafcm", "gfeab", "mlkab", "ljefm", "jemgk"];

    /// <summary>Sorted letters are to be answered.</summary>
    /// <param name="steps">How many steps.</param>
    /// <param name="checkpointEvery">Steps between checkpoints.</param>
    public static string Supervised(int steps, int checkpointEvery) => $"""
        display_name: supervised
        supervised:
          model: {JobFiles.Policy}
          examples:
            inline:
        {Lines(4, letters => $"- {{text: \"sort {letters}:\", completion: \"{Spaced(letters.Order())}\"}}")}
          evaluation_examples:
            inline:
              - text: "sort dcbaf:"
                completion: " a b c d f"
              - text: "sort hgfed:"
                completion: " d e f g h"
          training:
            steps: {steps}
            batch_size: 4
          optimizer:
            learning_rate: 1e-4
          evaluation:
            every_steps: 3
          checkpoint:
            every_steps: {checkpointEvery}

        """;

    /// <param name="kind">preference or reward_model.</param>
    /// <param name="model">What it starts from.</param>
    /// <param name="after">jobs/{job}.</param>
    public static string OnPairs(string kind, string model, string after) => $"""
        display_name: {kind}
        after: [{after}]
        {kind}:
          model: {model}
          preferences:
            inline:
        {Lines(4, Pair)}
          evaluation_preferences:
            limit: 2
            inline:
        {Lines(4, Pair)}
          training:
            epochs: 2
            batch_size: 4
          optimizer:
            learning_rate: 1e-4
          evaluation:
            every_steps: 2

        """;

    /// <summary>A policy against a reward model, both of jobs before.</summary>
    public static string Grpo(string policy, string rewardModel, params string[] after) => $"""
        display_name: grpo
        after: [{string.Join(", ", after)}]
        grpo:
          model: {policy}
          prompts:
            inline:
              - text: "sort ejcmd:"
              - text: "sort kjhdn:"
          rewards:
            - name: model
              reward_model:
                model: {rewardModel}
          algorithm:
            steps: 2
            prompts_per_step: 2
            group_size: 2
          sampling:
            max_completion_length: 12

        """;

    private static string Pair(string letters) =>
        $"- {{text: \"sort {letters}:\", chosen: \"{Spaced(letters.Order())}\", rejected: \"{Spaced(letters.OrderDescending())}\"}}";

    private static string Lines(int depth, Func<string, string> line) => string.Join('\n', Letters.Select(letters => $"{new string(' ', 2 * depth)}{line(letters)}"));

    private static string Spaced(IEnumerable<char> letters) => string.Concat(letters.Select(letter => $" {letter}"));
}
