using System.Text.RegularExpressions;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests;

public sealed partial class MarkdownLinkTests
{
    public static TheoryData<string> Documents =>
    [
        .. Directory.GetFiles(Repository.Root, "*.md")
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void RelativeLink_LeadsSomewhere(string document)
    {
        string file = Path.Combine(Repository.Root, document);
        IEnumerable<string> targets = Links().Matches(File.ReadAllText(file))
            .Select(link => link.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal));
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, target)), $"{document} links to {target}, which is not there."));
    }

    /// <summary>A link to a line has as its title what stands there: code that moves breaks the test, not the reader.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void LinkToALine_LeadsToWhatItsTitleSays(string document)
    {
        string file = Path.Combine(Repository.Root, document);
        if (Environment.GetEnvironmentVariable("ALIGN_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(file, LinesLinked().Replace(File.ReadAllText(file), link => link.Groups["before"].Value + LineOf(file, link) + link.Groups["after"].Value));
        }

        Assert.All(LinesLinked().Matches(File.ReadAllText(file)), link =>
            Assert.True(LineOf(file, link) == link.Groups["line"].Value, $"{document}: {link.Value} should be line {LineOf(file, link)}; run this test with ALIGN_UPDATE_DOCS=1 to correct it."));
    }

    /// <summary>The one line that has the title's text; what is wrong where there is not exactly one.</summary>
    private static string LineOf(string document, Match link)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(document)!, link.Groups["path"].Value));
        string said = link.Groups["title"].Value;
        int[] found = [.. Enumerable.Range(1, lines.Length).Where(line => said.Length > 0 && lines[line - 1].Contains(said, StringComparison.Ordinal))];
        return found is [var only] ? $"{only}" : $"{found.Length} lines have \"{said}\"";
    }

    [GeneratedRegex(@"\]\(([^)\s]+)(?: ""[^""]*"")?\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"(?<before>\]\((?<path>[^)\s#]+)#L)(?<line>\d+)(?<after>(?: ""(?<title>[^""]*)"")?\))")]
    private static partial Regex LinesLinked();
}
