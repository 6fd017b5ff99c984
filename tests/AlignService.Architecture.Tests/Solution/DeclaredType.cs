using System.Text.RegularExpressions;

namespace AlignService.Architecture.Tests.Solution;

/// <summary>A type that a file declares outside of any other.</summary>
/// <param name="Name">Without type parameters.</param>
/// <param name="IsPublic">Seen by other projects.</param>
/// <param name="IsEnum">An enum.</param>
/// <param name="DerivesInFile">Derives from, or implements, another type of the file.</param>
internal sealed partial record DeclaredType(string Name, bool IsPublic, bool IsEnum, bool DerivesInFile)
{
    public static IReadOnlyList<DeclaredType> In(string file)
    {
        Match[] found = [.. Declarations().Matches(File.ReadAllText(file)).Cast<Match>()];
        string[] names = [.. found.Select(match => match.Groups["name"].Value)];
        return [.. found.Select(match => new DeclaredType(
            match.Groups["name"].Value,
            match.Groups["access"].Value == "public ",
            match.Groups["kind"].Value == "enum",
            Bases(match).Overlaps(names)))];
    }

    /// <summary>The words behind the colon.</summary>
    private static HashSet<string> Bases(Match declaration)
    {
        string rest = declaration.Groups["rest"].Value;
        int colon = rest.LastIndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? [] : [.. Words().Matches(rest[colon..]).Select(word => word.Value)];
    }

    [GeneratedRegex(
        @"^(?<access>public |internal |file )?(?:(?:static|sealed|abstract|readonly|partial|unsafe|ref) )*(?<kind>class|interface|enum|struct|record struct|record class|record|delegate [\w<>\[\],? ]+?) (?<name>\w+)(?<rest>[^\n]*(?:\n    : [^\n]*)?)",
        RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();
}
