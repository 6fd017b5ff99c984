using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>docs/evaluation.md, as it is printed.</summary>
public sealed partial class EvaluationDocumentTests : IDisposable
{
    /// <summary>A reward model's float32 scores, in batches of other lengths.</summary>
    private const double ModelTolerance = 1e-3;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _names = [];

    [Fact]
    public async Task Every_command_does_what_the_page_says()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "evaluation.md"), TestContext.Current.CancellationToken);
        CopyAssets(Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets"), _folder.Path);
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        Dictionary<string, string> files = YamlBlocks().Matches(page).ToDictionary(block => block.Groups[1].Value, block => block.Groups[2].Value);
        string[] commands = [.. ShellBlocks().Matches(page).SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal((4, 7), (files.Count, commands.Length));

        foreach (string command in commands)
        {
            string[] words = [.. command.Split(' ').Select(word => _names.GetValueOrDefault(word, word))];
            Assert.Equal("align", words[0]);
            if (words[1] == "submit")
            {
                _folder.Write(words[2], files[words[2]].Replace("TRAINED", _names.GetValueOrDefault("TRAINED", ""), StringComparison.Ordinal));
            }

            ProgramResult result = (await AlignProgram.RunAsync(new ProgramInput { Folder = _folder.Path, Environment = new Dictionary<string, string> { ["ALIGN_SERVER"] = server.Address } }, words[1..])).Exits(0);
            await RememberAsync(server, words, result);
        }

        // What scores the table again gives the scores that it has.
        JsonNode[] table = await ReadAsync(_names["AFTER_TABLE"]), scores = await ReadAsync(Path.Combine(_folder.Path, "scores.jsonl"));
        Assert.Equal(256, scores.Length);
        Assert.Equal(table.Select(row => (string)row["completion"]!), scores.Select(row => (string)row["completion"]!));
        Assert.Equal(table.Select(row => ((double)row["scores"]!["right"]!, (bool)row["passed"]!)), scores.Select(row => ((double)row["scores"]!["right"]!, (bool)row["passed"]!)));
        Assert.All(table.Zip(scores), pair => Assert.Equal((double)pair.First["scores"]!["liked"]!, (double)pair.Second["scores"]!["liked"]!, ModelTolerance));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<JsonNode[]> ReadAsync(string file) => [.. (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Select(line => JsonNode.Parse(line)!)];

    private async Task RememberAsync(RunningServer server, string[] words, ProgramResult result)
    {
        switch (words[1])
        {
            case "submit":
                JsonNode job = (await server.RunAsync("list", "--json")).Exits(0).Json["jobs"]![0]!;
                string name = (string)job["name"]!, place = Path.GetFileNameWithoutExtension(words[2]) == "train" ? "TRAINED" : Path.GetFileNameWithoutExtension(words[2]).ToUpperInvariant();
                Assert.Equal("JOB_STATE_SUCCEEDED", (string)job["state"]!);
                _names[place] = name["jobs/".Length..];
                string directory = (string)(await server.RunAsync("show", name, "--json")).Exits(0).Json["checkpoints"]!.AsArray()[^1]!["directory"]!;
                _names[$"{place}_TABLE"] = Path.Combine(directory, "rows.jsonl");
                Assert.True(place == "TRAINED" || File.Exists(Path.Combine(directory, "metrics.json")));
                Assert.True(place != "GENERATE" || File.Exists(Path.Combine(directory, "rows.parquet")));
                break;
            case "compare":
                Assert.Matches(@"pass_at_4, difference +│ +– +│ +[+-]?[0-9.]+ ± [0-9.]+ ", result.Output);
                break;
            case "score" when words.Contains("--json"):
                Assert.Equal(256, (int)result.Json["rows"]!);
                Assert.NotNull(result.Json["metrics"]!["eval/reward_model/mean"]);
                break;
            default:
                Assert.Contains("0 of 256", result.Output, StringComparison.Ordinal);
                break;
        }
    }

    private static void CopyAssets(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    [GeneratedRegex(@"^```yaml\n# (\S+\.yaml)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlocks();

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlocks();
}
