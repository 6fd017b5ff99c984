using Xunit;

namespace AlignService.Testing;

/// <summary>Expected numbers by independent implementations: ALIGN_GOLDEN, by default tests/golden. Cases are found by listing folders.</summary>
public static class GoldenFolder
{
    public static string Root { get; } =
        Path.GetFullPath(Environment.GetEnvironmentVariable("ALIGN_GOLDEN") ?? Path.Combine(Repository.Root, "tests", "golden"));

    /// <summary>Names of the case folders of one kind (`models`, `tokenizers`, ...), sorted; empty where the root has no such kind.</summary>
    public static IReadOnlyList<string> Cases(string kind)
    {
        string folder = Path.Combine(Root, kind);
        return Directory.Exists(folder)
            ? [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Theory rows of one kind. A kind without any case gives the single row "", which <see cref="CaseFolder"/> turns into a skip.</summary>
    public static TheoryData<string> Rows(string kind)
    {
        IReadOnlyList<string> cases = Cases(kind);
        return cases.Count == 0 ? [""] : [.. cases];
    }

    /// <summary>Theory rows of one algorithms/*.json file: "list/case name" for each case, in order; [""] where the file is absent.</summary>
    public static TheoryData<string> AlgorithmRows(string file, params string[] lists)
    {
        if (!File.Exists(Path.Combine(Root, "algorithms", file)))
        {
            return [""];
        }

        GoldenJson root = GoldenJson.Load(Path.Combine(Root, "algorithms", file), file);
        return [.. lists.Where(root.Has).SelectMany(list => root[list].Items.Select(item => $"{list}/{item.Text("name")}"))];
    }

    /// <summary>One case of an algorithms/*.json file, by its row.</summary>
    public static GoldenJson AlgorithmCase(string file, string row)
    {
        if (row.Length == 0)
        {
            Assert.Skip($"{Root} has no algorithms/{file}");
        }

        string list = row[..row.IndexOf('/', StringComparison.Ordinal)];
        GoldenJson root = GoldenJson.Load(Path.Combine(Root, "algorithms", file), file);
        return root[list].Items.Single(item => $"{list}/{item.Text("name")}" == row).Named($"{file} {row}");
    }

    public static string CaseFolder(string kind, string caseName)
    {
        if (caseName.Length == 0)
        {
            Assert.Skip($"{Root} has no case of the kind {kind}");
        }

        return Path.Combine(Root, kind, caseName);
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
}
