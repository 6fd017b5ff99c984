using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed class ModelMergeTests
{
    [Fact]
    public async Task A_merged_model_says_what_base_and_adapter_say_and_is_a_model_like_any_other()
    {
        using var folder = new TemporaryFolder();
        string target = Path.Combine(folder.Path, "merged");
        var result = (await AlignProgram.RunAsync("model", "merge", GoldenFolder.CaseFolder("adapters", "llama-gqa-qv"), "--output", target, "--json")).Exits(0).Json;

        Assert.InRange((double)result["max_logit_difference"]!, 0, 1e-4);
        Assert.InRange((double)result["max_logit_difference_written"]!, 0, 1e-4);
        Assert.Equal(64, (int)result["probe_tokens"]!);
        Assert.Equal("language_model", (string?)(await AlignProgram.RunAsync("model", "inspect", target, "--json")).Exits(0).Json["kind"]);
        Assert.False(Path.Exists(target + ".partial"));

        // A second time the directory is in the way.
        var again = (await AlignProgram.RunAsync("model", "merge", GoldenFolder.CaseFolder("adapters", "llama-gqa-qv"), "--output", target)).Exits(2);
        Assert.Contains("already exists", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_precision_base_is_merged_in_float32_and_rounded_when_written()
    {
        using var folder = new TemporaryFolder();
        string adapter = GoldenFolder.CaseFolder("adapters", "qwen2-all-linear"), target = Path.Combine(folder.Path, "merged");
        var result = (await AlignProgram.RunAsync("model", "merge", adapter, "--output", target, "--json")).Exits(0).Json;
        Assert.InRange((double)result["max_logit_difference"]!, 0, 1e-4);
        Assert.InRange((double)result["max_logit_difference_written"]!, 1e-3, 1);

        var wide = (await AlignProgram.RunAsync("model", "merge", adapter, "--output", target + "-f32", "--dtype", "f32", "--json")).Exits(0).Json;
        Assert.InRange((double)wide["max_logit_difference_written"]!, 0, 1e-4);
    }

    [Fact]
    public async Task A_whole_model_has_nothing_to_merge()
    {
        using var folder = new TemporaryFolder();
        var result = (await AlignProgram.RunAsync("model", "merge", GoldenFolder.CaseFolder("models", "llama-gqa"), "--output", Path.Combine(folder.Path, "merged"))).Exits(2);
        Assert.Contains("nothing to merge", result.Error, StringComparison.Ordinal);
    }
}
