using AlignService.Testing;

namespace AlignService.Cli.Tests;

/// <summary>Job files for tests.</summary>
internal static class JobFiles
{
    /// <summary>A job that a server accepts; its model has no tokenizer, so it is not for running.</summary>
    public static string Accepted(string displayName = "test") => $$"""
        display_name: {{displayName}}
        grpo:
          model: {{Path.Combine(Repository.Root, "tests", "golden", "models", "llama-gqa")}}
          prompts:
            inline:
              - text: "2+2="
                answer: "4"
          rewards:
            - name: exact
              exact_match: {}
          algorithm:
            steps: 3
          sampling:
            max_completion_length: 8

        """;
}
