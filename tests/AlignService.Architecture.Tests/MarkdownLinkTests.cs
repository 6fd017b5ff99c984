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

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();
}
