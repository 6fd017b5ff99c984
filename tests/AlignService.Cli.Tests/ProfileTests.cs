using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed class ProfileTests
{
    [Fact]
    public async Task Every_profile_is_listed_with_its_source()
    {
        var result = (await AlignProgram.RunAsync("profiles")).Exits(0);
        var json = (await AlignProgram.RunAsync("profiles", "--json")).Exits(0).Json["profiles"]!.AsArray();

        Assert.Superset(
            new HashSet<string> { "grpo", "trl", "dapo", "dr_grpo", "gspo", "cispo", "rloo" }, json.Select(profile => (string)profile!["name"]!).ToHashSet());
        foreach (JsonNode? profile in json)
        {
            Assert.Contains($"{profile!["name"]}  ", result.Output, StringComparison.Ordinal);
            Assert.Contains((string)profile["sources"]![0]!, result.Output, StringComparison.Ordinal);
            Assert.NotEqual(0, (int)profile["settings"]!["algorithm"]!["steps"]!);
        }
    }

    [Fact]
    public async Task A_profile_is_shown_as_a_part_of_a_job_file()
    {
        var result = (await AlignProgram.RunAsync("profiles", "show", "dapo")).Exits(0);

        Assert.StartsWith("# dapo: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("arXiv:2503.14476", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n    clip_high: 0.28\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n    aggregation: token_mean\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(0.28, (double)(await AlignProgram.RunAsync("profiles", "show", "dapo", "--json")).Exits(0).Json["settings"]!["algorithm"]!["clip_high"]!);
        Assert.Equal(0.95, (double)(await AlignProgram.RunAsync("profiles", "show", "ppo", "--json")).Exits(0).Json["settings"]!["critic"]!["gae_lambda"]!);
    }

    [Fact]
    public async Task The_difference_of_two_profiles_names_what_differs_and_nothing_else()
    {
        var result = (await AlignProgram.RunAsync("profiles", "diff", "trl", "grpo", "--json")).Exits(0);

        string[] differences = [.. result.Json["differences"]!.AsArray().Select(pair => $"{pair!["field"]}: {pair["trl"]} {pair["grpo"]}")];
        Assert.Equal(
            [
                "algorithm.aggregation: token_mean sequence_mean",
                "algorithm.kl_coefficient: 0 0.04",
                "algorithm.kl_estimator: k3_ratio k3",
                "algorithm.sampler_correction: sequence_mask off",
                "algorithm.sampler_cap: 3 2",
                "optimizer.schedule: linear constant",
            ],
            differences);
        Assert.Contains("sequence_mean", (await AlignProgram.RunAsync("profiles", "diff", "trl", "grpo")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("the same values", (await AlignProgram.RunAsync("profiles", "diff", "grpo", "grpo")).Exits(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_profile_exits_2_and_names_the_near_one()
    {
        var result = (await AlignProgram.RunAsync("profiles", "show", "drgrpo")).Exits(2);

        Assert.Contains("\"drgrpo\" is not a profile; did you mean dr_grpo", result.Error, StringComparison.Ordinal);
    }
}
