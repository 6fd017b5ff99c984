using System.Text;
using System.Text.RegularExpressions;
using AlignService.Architecture.Tests.Solution;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>What .editorconfig asks of a source file's text and the build's analyzers (IDE0055 and its relatives) do not look at.</summary>
public sealed partial class SourceTextTests
{
    public static TheoryData<string> Projects => [.. SourceProject.InSrc.Concat(SourceProject.InTests).Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void UsingDirectives_AreSortedWithSystemFirst(string project)
    {
        IEnumerable<string> unsorted = Files(project)
            .Select(file => (File: file, Usings: UsingDirectives().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).ToList()))
            .Where(file => !file.Usings.SequenceEqual(file.Usings.OrderBy(Kind).ThenBy(name => name, StringComparer.OrdinalIgnoreCase)))
            .Select(file => $"{Path.GetRelativePath(Repository.Root, file.File)}: {string.Join("; ", file.Usings)}");
        Assert.Empty(unsorted);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Text_IsUtf8WithLineFeedsAndOneLastOne(string project)
    {
        IEnumerable<string> strays = Files(project).SelectMany(file => Deviations(File.ReadAllBytes(file)).Select(what => $"{Path.GetRelativePath(Repository.Root, file)} {what}"));
        Assert.Empty(strays);
    }

    private static IEnumerable<string> Deviations(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble))
        {
            yield return "begins with a byte order mark";
        }

        if (text.Contains('\r'))
        {
            yield return "holds a carriage return";
        }

        if (!text.EndsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal))
        {
            yield return "does not end in exactly one line feed";
        }

        if (TrailingBlanks().Match(text) is { Success: true } blank)
        {
            yield return $"has blanks at the end of line {text.AsSpan(0, blank.Index).Count('\n') + 1}";
        }
    }

    /// <summary>Namespaces of System, other namespaces, static imports, aliases.</summary>
    private static int Kind(string directive) => directive switch
    {
        _ when directive.Contains('=') => 3,
        _ when directive.StartsWith("static ", StringComparison.Ordinal) => 2,
        _ when directive == "System" || directive.StartsWith("System.", StringComparison.Ordinal) => 0,
        _ => 1,
    };

    private static IReadOnlyList<string> Files(string project) => SourceProject.InSrc.Concat(SourceProject.InTests).Single(source => source.Name == project).CodeFiles;

    [GeneratedRegex(@"^using ([^;(]+);$", RegexOptions.Multiline)]
    private static partial Regex UsingDirectives();

    [GeneratedRegex(@"[ \t]+$", RegexOptions.Multiline)]
    private static partial Regex TrailingBlanks();
}
