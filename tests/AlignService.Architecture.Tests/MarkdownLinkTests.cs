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
        Assert.All(LinesLinked().Matches(File.ReadAllText(file)), link =>
        {
            string[] lines = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(file)!, link.Groups["path"].Value));
            string said = link.Groups["title"].Value;
            int[] found = [.. Enumerable.Range(1, lines.Length).Where(line => lines[line - 1].Contains(said, StringComparison.Ordinal))];
            Assert.True(said.Length > 0 && found is [var only] && $"{only}" == link.Groups["line"].Value, $"{document}: {link.Value} should be line {string.Join(" or ", found)}.");
        });
    }

    [GeneratedRegex(@"\]\(([^)\s]+)(?: ""[^""]*"")?\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"\]\((?<path>[^)\s#]+)#L(?<line>\d+)(?: ""(?<title>[^""]*)"")?\)")]
    private static partial Regex LinesLinked();
}
