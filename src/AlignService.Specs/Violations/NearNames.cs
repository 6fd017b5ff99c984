namespace AlignService.Specs.Violations;

/// <summary>Suggests names for a mistyped one.</summary>
public static class NearNames
{
    private const int AtMost = 3;
    private const int ListableCount = 12;

    /// <summary>Longer text is no misspelled name, and comparing takes time by the product of the lengths.</summary>
    private const int LongestName = 100;

    /// <summary>A clause for an error message: similar names, or all if none is similar and there are few; empty where there is nothing to suggest.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known)
    {
        var near = Find(name, known);
        if (near.Count > 0)
        {
            return $"did you mean {Join(near)}?";
        }

        return known.Count is > 0 and <= ListableCount ? $"known: {string.Join(", ", known.Order(StringComparer.Ordinal))}" : "";
    }

    /// <summary>The same as a full sentence: `Did you mean "grpo"? Known: dapo, grpo, ...`.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        string[] names = [.. known.Order(StringComparer.Ordinal)];
        string list = $"Known: {string.Join(", ", names)}.";
        return Find(name, names) is [var near, ..] ? $"Did you mean \"{near}\"? {list}" : list;
    }

    /// <summary>The names within a third of their length in edits (at least two), nearest first.</summary>
    public static IReadOnlyList<string> Find(string name, IEnumerable<string> known) =>
        name.Length > LongestName ? [] : known
            .Where(candidate => candidate.Length <= LongestName)
            .Select(candidate => (candidate, distance: Distance(Normalize(name), Normalize(candidate))))
            .Where(pair => pair.distance <= Math.Max(2, pair.candidate.Length / 3) && pair.distance < Math.Max(name.Length, pair.candidate.Length))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Take(AtMost)
            .Select(pair => pair.candidate)
            .ToList();

    private static string Join(IReadOnlyList<string> names) =>
        names.Count == 1 ? names[0] : string.Join(", ", names.Take(names.Count - 1)) + " or " + names[^1];

    private static string Normalize(string name) => name.Replace('-', '_').ToLowerInvariant();

    /// <summary>Edits between two names: insert, delete, replace, or swap two neighbors (optimal string alignment).</summary>
    private static int Distance(string first, string second)
    {
        var rows = new int[first.Length + 1, second.Length + 1];
        for (int i = 0; i <= first.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (int j = 0; j <= second.Length; j++)
        {
            rows[0, j] = j;
        }

        for (int i = 1; i <= first.Length; i++)
        {
            for (int j = 1; j <= second.Length; j++)
            {
                int replace = rows[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replace, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[first.Length, second.Length];
    }
}
