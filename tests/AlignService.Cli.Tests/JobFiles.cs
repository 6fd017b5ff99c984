using System.Text.RegularExpressions;
using AlignService.Testing;

namespace AlignService.Cli.Tests;

/// <summary>Job files for tests.</summary>
internal static partial class JobFiles
{
    private static readonly Lazy<string> Model = new(LayModel);

    /// <summary>A job that a server accepts; its tokenizer is another model's, so it is not for running.</summary>
    public static string Accepted(string displayName = "test") => $$"""
        display_name: {{displayName}}
        grpo:
          model: {{Model.Value}}
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

    /// <summary>The demo's policy, which sorts letters: small, real, and always there.</summary>
    public static string Policy => Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy");

    /// <summary>A job that runs: letters are to be sorted, and an answer that begins with one of the first letters is rewarded.</summary>
    /// <param name="model">Directory of the model.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="checkpointEvery">Steps between checkpoints.</param>
    public static string Running(string model, int steps, int checkpointEvery) => $$"""
        display_name: sorting
        seed: 11
        grpo:
          model: {{model}}
          prompts:
            inline:
              - text: "sort ejcmd:"
              - text: "sort kjhdn:"
              - text: "sort nhklj:"
              - text: "sort bafcz:"
          evaluation_prompts:
            inline:
              - text: "sort gfeab:"
              - text: "sort zyxab:"
          rewards:
            - name: low
              regular_expression:
                pattern: "^[a-e]"
            - name: brief
              weight: 0.5
              length: {}
          algorithm:
            steps: {{steps}}
            prompts_per_step: 2
            group_size: 4
          sampling:
            max_completion_length: 12
          optimizer:
            learning_rate: 1e-4
          evaluation:
            every_steps: 4
          checkpoint:
            every_steps: {{checkpointEvery}}

        """;

    /// <summary>A model and a tokenizer in one folder, beside the tests.</summary>
    private static string LayModel()
    {
        string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "accepted-model")).FullName;
        string golden = Path.Combine(Repository.Root, "tests", "golden");
        foreach (string source in (string[])[Path.Combine(golden, "models", "llama-gqa"), Path.Combine(golden, "tokenizers", "bytelevel-llama3")])
        {
            foreach (string file in Directory.GetFiles(source))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            }
        }

        // The tokenizer's ids must have rows in the embedding, whose weights nobody reads here.
        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, VocabularySize().Replace(File.ReadAllText(config), "\"vocab_size\": 3000"));
        return folder;
    }

    [GeneratedRegex("\"vocab_size\": *[0-9]+")]
    private static partial Regex VocabularySize();
}
