using System.Text.RegularExpressions;
using AlignService.Architecture.Tests.Solution;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>The habits of code that can be read without a search tool: small files, one public type each, namespace = folder.</summary>
public sealed partial class FileShapeTests
{
    private const int SourceLineLimit = 400;
    private const int TestLineLimit = 500;

    public static TheoryData<string> Projects => [.. SourceProject.InSrc.Concat(SourceProject.InTests).Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void File_IsNotTooLong(string project)
    {
        int limit = SourceProject.InSrc.Any(candidate => candidate.Name == project) ? SourceLineLimit : TestLineLimit;
        IEnumerable<string> long_ = Find(project).CodeFiles
            .Select(file => (Name: Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > limit)
            .Select(file => $"{file.Name} has {file.Lines} lines, the limit is {limit}");
        Assert.Empty(long_);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespace_IsTheFolder(string project)
    {
        SourceProject source = Find(project);
        IEnumerable<string> strays = source.CodeFiles
            .Select(file => (File: file, Declared: Namespaces().Match(File.ReadAllText(file)).Groups[1].Value, Expected: Expected(source, file)))
            .Where(file => file.Declared.Length > 0 && file.Declared != file.Expected)
            .Select(file => $"{Relative(file.File)} declares {file.Declared}, its folder says {file.Expected}");
        Assert.Empty(strays);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void File_HoldsOnePublicTypeNamedAsItself(string project)
    {
        List<string> faults = [];
        foreach (string file in Find(project).CodeFiles)
        {
            string[] types = [.. PublicTypes().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)];
            if (types.Length > 1)
            {
                faults.Add($"{Relative(file)} holds {string.Join(", ", types)}");
            }
            else if (types.Length == 1 && types[0] != Path.GetFileNameWithoutExtension(file))
            {
                faults.Add($"{Relative(file)} holds {types[0]}");
            }
        }

        Assert.Empty(faults);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Type_IsNamedForWhatItIs(string project)
    {
        IEnumerable<string> vague = Find(project).CodeFiles
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => VagueNames().IsMatch(name));
        Assert.Empty(vague);
    }

    private static SourceProject Find(string name) =>
        SourceProject.InSrc.Concat(SourceProject.InTests).Single(project => project.Name == name);

    private static string Expected(SourceProject project, string file) =>
        string.Join('.', [project.Name, .. Path.GetRelativePath(project.Folder, file).Split('/')[..^1]]);

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|partial|unsafe|ref) )*(?:class|interface|enum|delegate \w+|struct|record(?: struct| class)?) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicTypes();

    [GeneratedRegex("(Core|Common|Utils?|Utilities|Helpers?|Manager|Base)$")]
    private static partial Regex VagueNames();
}
