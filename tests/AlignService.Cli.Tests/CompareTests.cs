using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Reports from jobs that really trained.</summary>
public sealed class CompareTests : IAsyncLifetime
{
    private const int Steps = 6;

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(workers: 1);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Jobs_are_compared_in_numbers_and_plots_and_what_is_unlike_is_named()
    {
        string plain = JobFiles.Running(JobFiles.Policy, Steps, checkpointEvery: 100);
        string first = await TrainAsync(plain);
        string alike = await TrainAsync(plain.Replace("learning_rate: 1e-4", "learning_rate: 1e-5", StringComparison.Ordinal).Replace("display_name: sorting", "display_name: slow <&> low", StringComparison.Ordinal));
        string unlike = await TrainAsync(plain
            .Replace("seed: 11", "seed: 12", StringComparison.Ordinal)
            .Replace("sort ejcmd:", "sort ihgfe:", StringComparison.Ordinal)
            .Replace("group_size: 4", "group_size: 2\n    kl_coefficient: 0", StringComparison.Ordinal));

        JsonNode fair = await JsonAsync(first, alike);
        Assert.DoesNotContain(fair["caveats"]!.AsArray(), caveat => !((string)caveat!).StartsWith("The token budgets differ", StringComparison.Ordinal));
        Assert.Equal("optimizer.learning_rate", (string)Assert.Single(fair["settings"]!.AsArray())!["field"]!);
        Assert.Equal(["1e-04", "1e-05"], fair["settings"]![0]!["values"]!.AsArray().Select(value => double.Parse((string)value!).ToString("0e+00")));
        foreach (JsonNode? job in fair["jobs"]!.AsArray())
        {
            Assert.Equal(("grpo", Steps), ((string)job!["profile"]!, (int)job["steps"]!));
            Assert.All(
                (string[])["reward", "kl", "peak_bytes", "seconds_per_step", "tokens_generated", "tokens_trained"],
                field => Assert.True(job[field] is not null, field));
            Assert.Contains("reward", job["held_out"]!.AsObject().Select(measure => measure.Key));
            Assert.All(job["held_out"]!.AsObject(), measure => Assert.True(measure.Value!["before"] is not null && measure.Value["after"] is not null && measure.Value["standard_error"] is not null, measure.Key));
            Assert.True((double)job["peak_bytes"]! > 1e7 && (double)job["seconds_per_step"]! > 0 && (double)job["tokens_generated"]! > 0);
        }

        string caveats = string.Join('\n', (await JsonAsync(first, unlike))["caveats"]!.AsArray().Select(caveat => (string)caveat!));
        Assert.Contains($"The seeds differ: {first} has 11, {unlike} has 12.", caveats, StringComparison.Ordinal);
        Assert.Contains("The training data differ:", caveats, StringComparison.Ordinal);
        Assert.Contains("The token budgets differ:", caveats, StringComparison.Ordinal);
        Assert.Contains($"{unlike} has no policy/kl, so it is not on the frontier", caveats, StringComparison.Ordinal);
        Assert.DoesNotContain("held-out data", caveats, StringComparison.Ordinal);

        string file = Path.Combine(_folder.Path, "report.html");
        var told = (await _server.RunAsync("compare", first, alike, unlike, "--output", file)).Exits(0);
        Assert.Contains("! The seeds differ", told.Output, StringComparison.Ordinal);
        Assert.Contains("peak memory (GB)", told.Output, StringComparison.Ordinal);
        Check(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), first, alike, unlike);
    }

    [Fact]
    public async Task Jobs_that_are_not_there_or_too_few_are_refused()
    {
        Assert.Contains("give two or more to compare", (await _server.RunAsync("compare", "a", "jobs/a")).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("has no job jobs/none", (await _server.RunAsync("compare", "none", "nobody")).Exits(4).Error, StringComparison.Ordinal);
    }

    /// <summary>No job on fixed examples is called alike to another with other data, and none is asked for a KL.</summary>
    [Fact]
    public async Task Jobs_on_examples_are_compared_by_what_they_have()
    {
        string first = await TrainAsync(Supervised("a b c"));
        string other = await TrainAsync(Supervised("c b a"));

        JsonNode told = await JsonAsync(first, other);
        string caveat = (string)Assert.Single(told["caveats"]!.AsArray())!;
        Assert.Contains("The training data differ:", caveat, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Matches(caveat, @"1 inline rows \(SHA-256 [0-9a-f]{64}\)").Select(match => match.Value).Distinct().Count());
        Assert.Equal("training.steps", (string)Assert.Single((await JsonAsync(first, await TrainAsync(Supervised("a b c", steps: 1))))["settings"]!.AsArray())!["field"]!);
        string file = Path.Combine(_folder.Path, "examples.html");
        (await _server.RunAsync("compare", first, other, "--output", file)).Exits(0);
        Assert.Contains("Held-out loss", XDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Descendants("figcaption").Select(title => title.Value));
    }

    /// <summary>Lists of words are settings too, and may hold what no page can show.</summary>
    [Fact]
    public async Task Jobs_that_have_not_begun_and_odd_characters_are_no_obstacle()
    {
        await using RunningServer idle = await RunningServer.StartAsync(workers: 0);
        string Job(string stop) => JobFiles.Accepted() + $"    stop_strings: [\"{stop}\"]\n";
        string[] names = new string[2];
        foreach ((string stop, int i) in new[] { ";", "\\u0001" }.Select((stop, i) => (stop, i)))
        {
            names[i] = (string)(await idle.RunAsync("submit", _folder.Write($"stop-{i}.yaml", Job(stop)), "--json")).Exits(0).Json["name"]!;
        }

        string file = Path.Combine(_folder.Path, "odd.html");
        JsonNode told = (await idle.RunAsync("compare", names[0], names[1], "--json", "--output", file)).Exits(0).Json;
        Assert.Equal("sampling.stop_strings", (string)Assert.Single(told["settings"]!.AsArray())!["field"]!);
        Assert.Contains("<h2>Settings that differ</h2>", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static string Supervised(string answer, int steps = 2) => $$"""
        display_name: examples
        supervised:
          model: {{JobFiles.Policy}}
          examples:
            inline:
              - text: "sort cab:"
                completion: "{{answer}}"
          evaluation_examples:
            inline:
              - text: "sort ba:"
                completion: "a b"
          training:
            steps: {{steps}}

        """;

    /// <summary>Well formed to the strictest parser, whole in itself, with every plot drawn for every job that has its numbers.</summary>
    private static void Check(string page, string first, string alike, string unlike)
    {
        XElement html = XDocument.Parse(page).Root!;
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(html.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Dictionary<string, XElement> figures = html.Descendants("figure").ToDictionary(figure => figure.Element("figcaption")!.Value);
        Assert.Equal(
            ["Held-out reward", "Training reward at equal tokens", "KL to the reference", "Reward-KL frontier", "Time of a step", "Completion length"], figures.Keys);
        foreach ((string title, XElement figure) in figures)
        {
            string[] expected = title is "KL to the reference" or "Reward-KL frontier" ? [first, alike] : [first, alike, unlike];
            string[] legend = [.. figure.Descendants("li").Select(item => item.Value)];
            Assert.Equal(expected.Length, legend.Length);
            Assert.All(expected.Zip(legend), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
            Assert.Equal(2, figure.Descendants("text").Count(text => (string)text.Attribute("class")! == "label"));
            Assert.True(figure.Descendants("text").Count(text => (string)text.Attribute("class")! == "tick") >= 4, title);
            int drawn = figure.Descendants("polyline").Count(line => ((string)line.Attribute("points")!).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length >= 2);
            Assert.Equal(expected.Length, drawn);
            foreach (string point in figure.Descendants("polyline").SelectMany(line => ((string)line.Attribute("points")!).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                double[] at = [.. point.Split(',').Select(double.Parse)];
                Assert.True(at[0] is >= 0 and <= 560 && at[1] is >= 0 and <= 340, $"{title}: {point} lies outside");
            }
        }

        Assert.Contains("slow <&> low", html.Descendants("th").Select(cell => cell.Value).First(cell => cell.Contains(alike, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private async Task<JsonNode> JsonAsync(params string[] jobs) => (await _server.RunAsync(["compare", .. jobs, "--json"])).Exits(0).Json;

    private async Task<string> TrainAsync(string job)
    {
        var result = (await _server.RunAsync("submit", _folder.Write($"job-{Guid.NewGuid():N}.yaml", job), "--watch", "--json")).Exits(0);
        return (string)result.JsonLines[0]["name"]!;
    }
}
