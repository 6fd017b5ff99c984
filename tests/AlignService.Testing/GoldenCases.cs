using System.Globalization;

namespace AlignService.Testing;

/// <summary>
/// The cases that must be in a golden folder (golden-cases.txt, embedded, so that it cannot vanish with the folder): `kind/case` is a folder,
/// `algorithms/file.json/list/name` a case of a file, and `file.jsonl:N` says that the file has at least N lines.
/// </summary>
public static class GoldenCases
{
    public const string ListFile = "tests/AlignService.Testing/golden-cases.txt";

    public static IReadOnlyList<string> Listed { get; } = ReadList();

    /// <summary>What a root holds, in the list's form, sorted.</summary>
    public static IReadOnlyList<string> Of(string root)
    {
        if (!Directory.Exists(root))
        {
            return [];
        }

        IEnumerable<string> folders = Directory.GetDirectories(root).SelectMany(Directory.GetDirectories);
        IEnumerable<string> lines = Directory.GetFiles(root, "*.jsonl", SearchOption.AllDirectories).Select(file => $"{file}:{File.ReadLines(file).Count()}");
        return [.. folders.Concat(lines).Select(path => Path.GetRelativePath(root, path)).Concat(AlgorithmCases(root)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The listed cases that a root lacks.</summary>
    public static IReadOnlyList<string> Missing(string root, IEnumerable<string> listed)
    {
        HashSet<string> held = [.. Of(root)];
        Dictionary<string, int> lineCounts = held.Where(IsLine).ToDictionary(FileOf, LineOf);
        return [.. listed.Where(entry => IsLine(entry) ? lineCounts.GetValueOrDefault(FileOf(entry)) < LineOf(entry) : !held.Contains(entry))];
    }

    /// <summary>How many lines the list asks of a .jsonl file; 0 where it does not name it.</summary>
    public static int ListedLines(string file) => Listed.Where(entry => IsLine(entry) && FileOf(entry) == file).Select(LineOf).SingleOrDefault();

    private static string[] ReadList()
    {
        using Stream stream = typeof(GoldenCases).Assembly.GetManifestResourceStream("golden-cases.txt")
            ?? throw new InvalidOperationException($"{ListFile} is not embedded.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static IEnumerable<string> AlgorithmCases(string root)
    {
        string folder = Path.Combine(root, "algorithms");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json").SelectMany(CasesOfFile) : [];
    }

    private static IEnumerable<string> CasesOfFile(string path)
    {
        string file = Path.GetFileName(path);
        GoldenJson content = GoldenJson.Load(path, file);
        return content.Keys.SelectMany(list => content[list].Items.Select(item => $"algorithms/{file}/{list}/{item.Text("name")}"));
    }

    private static bool IsLine(string entry) => entry.Contains(".jsonl:", StringComparison.Ordinal);

    private static string FileOf(string entry) => entry[..entry.LastIndexOf(':')];

    private static int LineOf(string entry) => int.Parse(entry.AsSpan(entry.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
}
