namespace AlignService.Specs.Data;

/// <summary>What is wrong with rows; equal faults are one, with the first rows that have it and their count.</summary>
internal sealed class RowFaultList
{
    private const int MaxKinds = 200, NamedRows = 5;

    private readonly Dictionary<(string File, string Unit, string Message), Folded> _kinds = [];
    private readonly List<(string File, string Unit, string Message)> _order = [];
    private long _unlisted;

    /// <summary>Rows with faults.</summary>
    public long Count { get; private set; }

    public void Add(string file, string unit, long number, string message)
    {
        Count++;
        var kind = (file, unit, message);
        if (!_kinds.TryGetValue(kind, out Folded? rows))
        {
            if (_kinds.Count == MaxKinds)
            {
                _unlisted++;
                return;
            }

            _kinds[kind] = rows = new Folded();
            _order.Add(kind);
        }

        rows.Count++;
        if (rows.First.Count < NamedRows)
        {
            rows.First.Add(number);
        }
    }

    /// <summary>One line each, in the order of the first row of each.</summary>
    /// <param name="withFile">Whether rows are named with their files.</param>
    public IReadOnlyList<string> Lines(bool withFile)
    {
        List<string> lines = [.. _order.Select(kind => $"{(withFile ? $"{Path.GetFileName(kind.File)}, " : "")}{Place(kind.Unit, _kinds[kind])}: {kind.Message}")];
        if (_unlisted > 0)
        {
            lines.Add($"{_unlisted} more rows have other faults");
        }

        return lines;
    }

    private static string Place(string unit, Folded rows)
    {
        if (rows.Count == 1)
        {
            return $"{unit} {rows.First[0]}";
        }

        string numbers = string.Join(", ", rows.First);
        string plural = unit == "entry" ? "entries" : $"{unit}s";
        return rows.Count > rows.First.Count ? $"{rows.Count} {plural} ({numbers}, ...)" : $"{plural} {numbers}";
    }

    private sealed class Folded
    {
        public List<long> First { get; } = [];

        public long Count { get; set; }
    }
}
