using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>`align score` on files of every form, right and wrong.</summary>
public sealed class ScoreTests : IDisposable
{
    private const string Rewards =
        """
        grpo:
          model: MODEL
          rewards:
            - name: right
              exact_match: {}
            - name: brief
              weight: 0.5
              length: {max_tokens: 10}
          evaluation:
            success_source: right

        """;

    private static readonly string[] Completions = ["abc", "cba", "", "\\\"a\\u00e9"];

    private readonly TemporaryFolder _folder = new();

    private static string RewardModel => Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "reward-model");

    [Fact]
    public async Task Every_row_gets_a_score_per_source_and_the_summary_is_their_mean_with_its_error()
    {
        string file = Rows();

        ProgramResult result = (await AlignProgram.RunAsync("score", file, "--job", Job(), "--output", Path.Combine(_folder.Path, "scores.jsonl"), "--json")).Exits(0);

        JsonNode[] rows = Scores("scores.jsonl");
        Assert.Equal([1, 0, 0, 0], rows.Select(row => (int)(double)row["scores"]!["right"]!));
        Assert.Equal([true, false, false, false], rows.Select(row => (bool)row["passed"]!));
        Assert.All(rows, row => Assert.Equal((double)row["scores"]!["right"]! + (0.5 * (double)row["scores"]!["brief"]!), (double)row["reward"]!, 1e-12));
        Assert.Equal(1, (int)rows[2]["token_count"]!); // the end token alone
        Assert.Equal(["abc", "cba", "", "\"aé"], rows.Select(row => (string)row["completion"]!));
        JsonNode metrics = result.Json["metrics"]!;
        double[] rewards = [.. rows.Select(row => (double)row["reward"]!)];
        Assert.Equal(rewards.Average(), (double)metrics["eval/reward/mean"]!, 1e-12);
        Assert.Equal(Math.Sqrt(rewards.Sum(reward => Math.Pow(reward - rewards.Average(), 2)) / 3) / 2, (double)metrics["eval/reward/standard_error"]!, 1e-12);
        Assert.Equal((0.25, 0.25), ((double)metrics["eval/right/mean"]!, (double)metrics["eval/avg_at_1/mean"]!));

        string told = (await AlignProgram.RunAsync("score", file, "--job", Job())).Exits(0).Output;
        Assert.Matches(@"right +│ +0\.2500 ± 0\.2500 +│ +0 of 4 ", told);
    }

    [Fact]
    public async Task A_reward_model_alone_scores_and_other_formats_give_the_same()
    {
        string csv = _folder.Write("rows.csv", "question,said\nsort ejcmd:,cdejm\nsort ejcmd:,mjedc\n");
        string lines = _folder.Write("rows2.jsonl", "{\"prompt\": \"sort ejcmd:\", \"completion\": \"cdejm\"}\n{\"prompt\": \"sort ejcmd:\", \"completion\": \"mjedc\"}\n");

        (await AlignProgram.RunAsync("score", csv, "--reward-model", RewardModel, "--prompt-field", "question", "--completion-field", "said", "--output", Path.Combine(_folder.Path, "a.jsonl"))).Exits(0);
        (await AlignProgram.RunAsync("score", lines, "--reward-model", RewardModel, "--output", Path.Combine(_folder.Path, "b.jsonl"))).Exits(0);

        Assert.Equal(Scores("a.jsonl").Select(row => row.ToJsonString()), Scores("b.jsonl").Select(row => row.ToJsonString()));
        double[] scores = [.. Scores("a.jsonl").Select(row => (double)row["scores"]!["reward_model"]!)];
        Assert.True(scores[0] > scores[1], string.Create(CultureInfo.InvariantCulture, $"sorted letters score {scores[0]}, unsorted ones {scores[1]}"));
        Assert.All(Scores("a.jsonl"), row => Assert.False(row.AsObject().ContainsKey("passed")));
    }

    [Fact]
    public async Task Rows_that_cannot_be_used_are_listed_with_their_numbers_and_nothing_is_written()
    {
        string file = _folder.Write("rows.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": \"a\"}\nnothing\n{\"completion\": \"b\"}\n{\"prompt\": \"a\", \"completion\": 7}\n");
        string target = Path.Combine(_folder.Path, "scores.jsonl");

        ProgramResult result = (await AlignProgram.RunAsync("score", file, "--job", Job(), "--output", target)).Exits(2);

        Assert.Contains("4 of 5 rows cannot be used", result.Error, StringComparison.Ordinal);
        Assert.Contains("line 2: \"completion\" does not exist", result.Error, StringComparison.Ordinal);
        Assert.Contains("line 3: not JSON", result.Error, StringComparison.Ordinal);
        Assert.Contains("line 4: neither \"prompt\" nor \"messages\" exists", result.Error, StringComparison.Ordinal);
        Assert.Contains("line 5:", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public async Task What_cannot_score_is_refused_with_its_place()
    {
        string file = Rows(), empty = _folder.Write("empty.jsonl", "");
        string wrong = _folder.Write("wrong.yaml", "grpo:\n  model: m\n  rewards:\n    - name: a\n      regular_expression: {pattern: \"(\"}\n    - name: a\n      length: {}\n");
        string none = _folder.Write("none.yaml", "grpo:\n  model: m\n");
        string other = _folder.Write("other.yaml", "supervised:\n  model: m\n");

        await RefusedAsync("Give exactly one of --job", file);
        await RefusedAsync("Give exactly one of --job", file, "--job", Job(), "--reward-model", RewardModel);
        await RefusedAsync("has no rows", empty, "--job", Job());
        await RefusedAsync("--limit is -1", file, "--job", Job(), "--limit=-1");
        await RefusedAsync("grpo.rewards[0].regular_expression.pattern", file, "--job", wrong);
        await RefusedAsync("is also the name of rewards[0]", file, "--job", wrong);
        await RefusedAsync("there are no rewards", file, "--job", none);
        await RefusedAsync("which has no rewards", file, "--job", other);
        await RefusedAsync("is not a directory", file, "--reward-model", "nowhere");
        await RefusedAsync("is a checkpoint of a server", file, "--reward-model", "jobs/a/checkpoints/last");
        await RefusedAsync("nothing.jsonl", "nothing.jsonl", "--job", Job());
    }

    public void Dispose() => _folder.Dispose();

    private static async Task RefusedAsync(string expected, params string[] arguments)
    {
        ProgramResult result = (await AlignProgram.RunAsync(["score", .. arguments])).Exits(2);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    private string Rows() => _folder.Write("rows.jsonl", string.Concat(Completions.Select(text => $"{{\"prompt\": \"sort cba:\", \"completion\": \"{text}\", \"answer\": \"abc\"}}\n")));

    private string Job() => _folder.Write("job.yaml", Rewards.Replace("MODEL", JobFiles.Policy, StringComparison.Ordinal));

    private JsonNode[] Scores(string name) => [.. File.ReadAllLines(Path.Combine(_folder.Path, name)).Select(line => JsonNode.Parse(line)!)];
}
