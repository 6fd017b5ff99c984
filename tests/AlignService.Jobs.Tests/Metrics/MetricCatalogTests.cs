using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using AlignService.Specs.Metrics;
using AlignService.Testing;
using Xunit;

namespace AlignService.Jobs.Tests.Metrics;

/// <summary>One catalogue of metrics: what the sources emit is in it, and the document is what it says.</summary>
public sealed partial class MetricCatalogTests
{
    private const string UpdateDocs = "ALIGN_UPDATE_DOCS";

    /// <summary>Literals that look like metrics and are not.</summary>
    private static readonly HashSet<string> NoMetrics = ["policy/kl_old", "tokens/s"];

    [Fact]
    public void Entries_HaveNamesOfTheirOwnUnitsAndSentences()
    {
        Assert.Equal(MetricCatalog.All.Count, MetricCatalog.All.Select(metric => metric.Name).Distinct().Count());
        Assert.All(MetricCatalog.All, metric => Assert.EndsWith(".", metric.Description, StringComparison.Ordinal));
        Assert.All(MetricCatalog.All, metric => Assert.Contains(metric.Unit, (string[])["1", "s", "By", "{token}", "{token}/s", "{nat}"]));
        Assert.All(MetricCatalog.All.Where(metric => metric.Band is not null), metric => Assert.NotNull(MetricCatalog.Find(metric.Band!)));
        Assert.All(MetricCatalog.All.Where(metric => metric.Chart is not null), metric => Assert.Contains(metric.Chart!, MetricChart.All));
        Assert.All(MetricCatalog.All.Where(metric => metric.Chart is not null), metric => Assert.NotEmpty(metric.ChartLabel));
    }

    [Fact]
    public void Names_AreAllInTheCatalogue()
    {
        string[] names = [.. typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!).Where(name => !name.EndsWith('/'))];
        Assert.True(names.Length > 40, $"found {names.Length} names");
        Assert.All(names, name => Assert.Contains(MetricCatalog.All, metric => metric.Name == name || (metric.IsPattern && metric.Matches(name))));
    }

    [Fact]
    public void Sources_EmitWhatTheCatalogueKnows()
    {
        string[] literals =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
                .SelectMany(file => Literal().Matches(File.ReadAllText(file)))
                .Select(match => match.Groups[1].Value)
                .Where(name => !NoMetrics.Contains(name))
                .Distinct(),
        ];
        Assert.True(literals.Length > 40, $"found {literals.Length} literals");
        Assert.All(literals, name => Assert.True(IsKnown(name) || IsKnown($"{name}/mean"), $"{name} is not in the catalogue"));
    }

    [Theory]
    [InlineData("reward/a judge/mean", "reward/{source}/mean")]
    [InlineData("reward/mean", "reward/mean")]
    [InlineData("eval/pass_at_4/mean", "eval/pass_at_{k}/mean")]
    [InlineData("eval/reward/standard_error", "eval/{name}/standard_error")]
    [InlineData("time/values", "time/{phase}")]
    [InlineData("time/step", "time/step")]
    [InlineData("reward//mean", null)]
    [InlineData("xreward/mean", null)]
    public void Find_ANameOrWhatAPatternMatches(string name, string? entry) => Assert.Equal(entry, MetricCatalog.Find(name)?.Name);

    /// <summary>With ALIGN_UPDATE_DOCS=1 the document is written anew.</summary>
    [Fact]
    public void Document_IsWhatTheCatalogueSays()
    {
        string path = Path.Combine(Repository.Root, "docs", "metrics.md");
        string expected = Document();
        if (Environment.GetEnvironmentVariable(UpdateDocs) == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{path} differs from the catalogue; run this test with {UpdateDocs}=1 to write it anew.");
    }

    /// <summary>Whether the catalogue has the name; one with holes stands for all that may fill them.</summary>
    private static bool IsKnown(string literal)
    {
        string pattern = $"^{string.Join(".+", Hole().Split(literal).Select(Regex.Escape))}$";
        return MetricCatalog.Find(Hole().Replace(literal, "x")) is not null || MetricCatalog.All.Any(metric => Regex.IsMatch(metric.Name, pattern));
    }

    private static string Document()
    {
        var text = new StringBuilder(
            """
            # Metrics

            Generated from the [metric catalog](../src/AlignService.Specs/Metrics/MetricCatalog.cs); run the tests with `ALIGN_UPDATE_DOCS=1` to regenerate it.

            These names are used in events, on the status page and in `align watch`; OpenTelemetry adds the prefix `align.` and uses `.` for `/`. Units are UCUM. A metric that
            repeats is exactly the same number when a step runs again after a resume; a different number is reported as a divergence.

            | name | unit | instrument | repeats | meaning |
            |---|---|---|---|---|

            """);
        foreach (Metric metric in MetricCatalog.All)
        {
            string description = metric.Description.Replace("|", "\\|", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"| `{metric.Name}` | {metric.Unit} | {metric.Kind.ToString().ToLowerInvariant()} | {(metric.Repeats ? "yes" : "no")} | {description} |\n");
        }

        return text.ToString();
    }

    [GeneratedRegex("""
        "((?:reward|policy|eval|time|completions|memory|tokens|critic|preference|reward_model|sampler)/(?:[a-z_0-9]|\{[^}"]*\}|/)+)"
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole();
}
