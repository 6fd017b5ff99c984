using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests.Golden;

/// <summary>Golden cases cannot vanish: a folder that lacks a listed one fails, whatever else it holds.</summary>
public sealed class GoldenCasesTests
{
    private const string UpdateDocs = "ALIGN_UPDATE_DOCS";

    private static string Committed => Path.Combine(Repository.Root, "tests", "golden");

    [Fact]
    [Trait("Category", "Golden")]
    public void GoldenFolder_HoldsEveryListedCase()
    {
        IReadOnlyList<string> missing = GoldenCases.Missing(GoldenFolder.Root, GoldenCases.Listed);
        Assert.True(missing.Count == 0, $"{GoldenFolder.Root} lacks {missing.Count} golden cases that {GoldenCases.ListFile} lists: {string.Join(", ", missing)}");
    }

    /// <summary>With ALIGN_UPDATE_DOCS=1 the list is written anew.</summary>
    [Fact]
    public void List_NamesEveryCommittedCase()
    {
        IReadOnlyList<string> expected = GoldenCases.Of(Committed);
        string path = Path.Combine(Repository.Root, GoldenCases.ListFile);
        if (Environment.GetEnvironmentVariable(UpdateDocs) == "1")
        {
            File.WriteAllText(path, string.Concat(expected.Select(entry => entry + "\n")));
        }

        Assert.True(File.ReadAllLines(path).SequenceEqual(expected), $"{path} is not the list of {Committed}; run this test with {UpdateDocs}=1 to write it anew.");
    }

    [Theory]
    [InlineData("models/llama-gqa")]
    [InlineData("tokenizers/qwen3/golden.jsonl:242")]
    [InlineData("chat-templates/invalid.jsonl:11")]
    [InlineData("algorithms/kl.json/cases/clamped_ratio")]
    public void Missing_EmptyFolder_IsEveryListedCase(string one)
    {
        using TemporaryFolder empty = new();
        IReadOnlyList<string> missing = GoldenCases.Missing(empty.Path, GoldenCases.Listed);
        Assert.Equal(GoldenCases.Listed, missing);
        Assert.Contains(one, missing);
    }

    [Fact]
    public void Missing_ThinnedFolder_IsWhatWasTakenAway()
    {
        using TemporaryFolder thinned = Folder();
        string[] listed = [.. GoldenCases.Of(thinned.Path)];
        Assert.Equal(
            ["algorithms/kl.json/cases/a b", "algorithms/kl.json/cases/c", "models/one", "models/two", "tokenizers/one", "tokenizers/one/golden.jsonl:3"],
            listed);

        Directory.Delete(Path.Combine(thinned.Path, "models", "two"));
        File.WriteAllText(Path.Combine(thinned.Path, "tokenizers", "one", "golden.jsonl"), "{}\n{}\n");
        File.WriteAllText(Path.Combine(thinned.Path, "algorithms", "kl.json"), """{"cases": [{"name": "c"}]}""");

        Assert.Equal(["algorithms/kl.json/cases/a b", "models/two", "tokenizers/one/golden.jsonl:3"], GoldenCases.Missing(thinned.Path, listed));
    }

    [Fact]
    public void Missing_FolderWithMoreCasesAndLines_IsNone()
    {
        using TemporaryFolder more = Folder();
        string[] listed = ["algorithms/kl.json/cases/c", "models/one", "tokenizers/one/golden.jsonl:2"];
        Assert.Empty(GoldenCases.Missing(more.Path, listed));
    }

    [Fact]
    public void Metrics_MoreThanTheCaseLists_AreNoFault()
    {
        GoldenJson expected = GoldenJson.Parse("""{"policy/kl": 0.5}""", "case");
        GoldenAssert.Metrics("case", expected, new Dictionary<string, double> { ["policy/kl"] = 0.5, ["policy/other"] = 1 }, 1e-9);
        expected.AssertAllRead();
    }

    [Fact]
    public void Metrics_FewerThanTheCaseLists_AreAFault()
    {
        GoldenJson expected = GoldenJson.Parse("""{"policy/kl": 0.5}""", "case");
        Exception? fault = Record.Exception(() => GoldenAssert.Metrics("case", expected, new Dictionary<string, double> { ["policy/other"] = 1 }, 1e-9));
        Assert.Equal("case: policy/kl, expected 0.5, got NaN, tolerance 1E-09", fault?.Message);
    }

    private static TemporaryFolder Folder()
    {
        TemporaryFolder folder = new();
        foreach (string name in new[] { "models/one", "models/two", "tokenizers/one", "algorithms" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, name));
        }

        File.WriteAllText(Path.Combine(folder.Path, "tokenizers", "one", "golden.jsonl"), "{}\n{}\n{}\n");
        File.WriteAllText(Path.Combine(folder.Path, "algorithms", "kl.json"), """{"cases": [{"name": "a b"}, {"name": "c"}]}""");
        return folder;
    }
}
