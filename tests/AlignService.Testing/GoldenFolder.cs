using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Xunit;

namespace AlignService.Testing;

/// <summary>
/// Expected numbers by independent implementations: ALIGN_GOLDEN, by default tests/golden. Rows are the cases found there and those that
/// <see cref="GoldenCases"/> lists: a listed case that is absent has a row too, which fails.
/// </summary>
public static class GoldenFolder
{
    public static string Root { get; } =
        Path.GetFullPath(Environment.GetEnvironmentVariable("ALIGN_GOLDEN") ?? Path.Combine(Repository.Root, "tests", "golden"));

    /// <summary>Names of the case folders of one kind (`models`, `tokenizers`, ...), sorted.</summary>
    public static IReadOnlyList<string> Cases(string kind)
    {
        string folder = Path.Combine(Root, kind);
        IEnumerable<string> found = Directory.Exists(folder) ? Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)) : [];
        return [.. found.Union(Listed($"{kind}/").Where(name => !name.Contains('/', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
    }

    /// <summary>Theory rows of one kind.</summary>
    public static TheoryData<string> Rows(string kind) => [.. Cases(kind)];

    /// <summary>Theory rows of one algorithms/*.json file: "list/case name" for each case, in order.</summary>
    public static TheoryData<string> AlgorithmRows(string file, params string[] lists)
    {
        string path = Path.Combine(Root, "algorithms", file);
        GoldenJson root = File.Exists(path) ? GoldenJson.Load(path, file) : GoldenJson.Parse("{}", file);
        IEnumerable<string> found = lists.Where(root.Has).SelectMany(list => root[list].Items.Select(item => $"{list}/{item.Text("name")}"));
        return [.. found.Union(lists.SelectMany(list => Listed($"algorithms/{file}/{list}/").Select(name => $"{list}/{name}")))];
    }

    /// <summary>One case of an algorithms/*.json file, by its row.</summary>
    public static GoldenJson AlgorithmCase(string file, string row)
    {
        string list = row[..row.IndexOf('/', StringComparison.Ordinal)];
        string path = Path.Combine(Root, "algorithms", file);
        GoldenJson? root = File.Exists(path) ? GoldenJson.Load(path, file) : null;
        GoldenJson? found = root?.Has(list) == true ? root[list].Items.SingleOrDefault(item => $"{list}/{item.Text("name")}" == row) : null;
        RequireFound(found is not null, $"algorithms/{file}/{row}");
        return found.Named($"{file} {row}");
    }

    /// <summary>Theory rows of a file with one case per line: its name and the line's number, from 1.</summary>
    public static TheoryData<string> LineRows(string kind, string file)
    {
        string path = Path.Combine(Root, kind, file);
        int count = Math.Max(File.Exists(path) ? File.ReadLines(path).Count() : 0, GoldenCases.ListedLines($"{kind}/{file}"));
        return [.. Enumerable.Range(1, count).Select(line => $"{file}:{line}")];
    }

    /// <summary>One line of such a file, by its row.</summary>
    public static GoldenJson Line(string kind, string row)
    {
        string[] parts = row.Split(':');
        string path = Path.Combine(Root, kind, parts[0]);
        string? line = File.Exists(path) ? File.ReadLines(path).ElementAtOrDefault(int.Parse(parts[1], CultureInfo.InvariantCulture) - 1) : null;
        RequireFound(line is not null, $"{kind}/{row}");
        return GoldenJson.Parse(line, row);
    }

    public static string CaseFolder(string kind, string caseName)
    {
        string folder = Path.Combine(Root, kind, caseName);
        RequireFound(Directory.Exists(folder), $"{kind}/{caseName}");
        return folder;
    }

    /// <summary>
    /// The file that a `source.txt` beside a case names: relative to the case, else, its leading ../ dropped, in the shared folder.
    /// A `#key` at its end is left on the returned text.
    /// </summary>
    public static string Source(string caseFolder)
    {
        string text = File.ReadAllText(Path.Combine(caseFolder, "source.txt")).Trim();
        string[] parts = text.Split('#', 2);
        string key = parts.Length == 2 ? "#" + parts[1] : "";
        string beside = Path.GetFullPath(Path.Combine(caseFolder, parts[0]));
        if (Path.Exists(beside))
        {
            return beside + key;
        }

        string relative = parts[0];
        while (relative.StartsWith("../", StringComparison.Ordinal))
        {
            relative = relative[3..];
        }

        return SharedFolder.Require(relative) + key;
    }

    private static IEnumerable<string> Listed(string prefix) =>
        GoldenCases.Listed.Where(entry => entry.StartsWith(prefix, StringComparison.Ordinal)).Select(entry => entry[prefix.Length..]);

    private static void RequireFound([DoesNotReturnIf(false)] bool found, string entry) =>
        Assert.True(found, $"golden case {entry} is missing from {Root} ({GoldenCases.ListFile} lists the cases that must be there)");
}
