using System.Text.RegularExpressions;
using AlignService.Architecture.Tests.Solution;
using AlignService.Testing;
using Xunit;

namespace AlignService.Architecture.Tests;

/// <summary>The habits of code that can be read without a search tool: one concept per file, small but no crumbs, namespace = folder.</summary>
public sealed partial class FileShapeTests
{
    private const int SourceLineLimit = 400;
    private const int TestLineLimit = 500;
    private const int SeparateTypeLimit = 6;

    /// <summary>The root of all errors stands in the lowest project and belongs to none.</summary>
    private const string ErrorTree = "AlignService.Text";

    /// <summary>Grows with what the program can do, not with how it is cut.</summary>
    private const int MostFiles = 970;
    private const int LeastMedian = 40;
    private const int MostMedian = 66;
    private const int NinthDecileLimit = 200;

    /// <summary>A file this short seldom says enough to stand alone.</summary>
    private const int CrumbLines = 15;

    private const double CrumbShareLimit = 0.12;

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
            .Where(file => file.Declared.Length > 0 && file.Declared != file.Expected && !(file.Declared == "AlignService" && file.Expected == ErrorTree))
            .Select(file => $"{Relative(file.File)} declares {file.Declared}, its folder says {file.Expected}");
        Assert.Empty(strays);
    }

    /// <summary>A file is named as a type in it (of an interface without the I), or in the plural as what its types are: Decoders holds IDecoder, or types that all end in Decoder.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void File_IsNamedAsItsConcept(string project)
    {
        IEnumerable<string> strays = Find(project).CodeFiles
            .Select(file => (File: file, Types: DeclaredType.In(file)))
            .Where(file => file.Types.Count > 0 && !NamesConcept(Path.GetFileNameWithoutExtension(file.File), [.. file.Types.Select(type => type.Name)]))
            .Select(file => $"{Relative(file.File)} holds {string.Join(", ", file.Types.Select(type => type.Name))}");
        Assert.Empty(strays);
    }

    /// <summary>What belongs to one concept stands together: a union with its members, a config with its enums. Public types that are neither an enum nor a member of a union are few.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void File_HoldsOneConcept(string project)
    {
        IEnumerable<string> mixed = Find(project).CodeFiles
            .Select(file => (File: file, Separate: DeclaredType.In(file).Where(type => type is { IsPublic: true, IsEnum: false, DerivesInFile: false }).ToArray()))
            .Where(file => file.Separate.Length > SeparateTypeLimit)
            .Select(file => $"{Relative(file.File)} holds {string.Join(", ", file.Separate.Select(type => type.Name))}; at most {SeparateTypeLimit} public types that are not members of one union belong together");
        Assert.Empty(mixed);
    }

    /// <summary>Few enough files that a reader knows them, long enough that each says something.</summary>
    [Fact]
    public void Src_IsCutIntoReadablePieces()
    {
        int[] lengths = [.. SourceProject.InSrc.SelectMany(project => project.CodeFiles).Select(file => File.ReadLines(file).Count()).Order()];
        int median = lengths[lengths.Length / 2], ninth = lengths[lengths.Length * 9 / 10];
        double crumbs = (double)lengths.Count(length => length <= CrumbLines) / lengths.Length;
        Assert.InRange(lengths.Length, 1, MostFiles);
        Assert.InRange(median, LeastMedian, MostMedian);
        Assert.InRange(ninth, 1, NinthDecileLimit);
        Assert.InRange(crumbs, 0, CrumbShareLimit);
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

    private static bool NamesConcept(string name, string[] types)
    {
        if (types.Contains(name) || types.Contains("I" + name))
        {
            return true;
        }

        string singular = name.EndsWith("ies", StringComparison.Ordinal) ? name[..^3] + "y" : name.EndsWith('s') ? name[..^1] : "";
        return singular.Length > 0 && (types.Contains(singular) || types.Contains("I" + singular) || types.All(type => type.EndsWith(LastWord().Match(singular).Value, StringComparison.Ordinal)));
    }

    private static string Expected(SourceProject project, string file) =>
        string.Join('.', [project.Name, .. Path.GetRelativePath(project.Folder, file).Split('/')[..^1]]);

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex("[A-Z][a-z0-9]*$")]
    private static partial Regex LastWord();

    [GeneratedRegex("(Core|Common|Utils?|Utilities|Helpers?|Manager|Base)$")]
    private static partial Regex VagueNames();
}
