using System.Text.Json;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data;

/// <summary>Reads training data from files, in the formats of <see cref="DataFormat"/>.</summary>
internal static class DataFile
{
    /// <summary>Every row as a value; rows beyond the limit are not read.</summary>
    /// <param name="query">Which files, rows and fields.</param>
    /// <param name="policy">Which files may be read, and how much of them.</param>
    /// <param name="read">Converts a row and its index to a value; throws <see cref="DataRowException"/> where it cannot be used.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <exception cref="DataException">A file may not or cannot be read, or there are no rows, or rows cannot be used: all of them are listed, with their locations.</exception>
    public static IReadOnlyList<T> Read<T>(RowQuery query, FilePolicy policy, Func<DataRow, int, T> read, CancellationToken cancellationToken)
    {
        List<T> values = [];
        RowFaultList faults = new();
        DataBudget budget = new(policy, cancellationToken);
        IReadOnlyList<string> files = DataPath.Resolve(query.Path, policy, cancellationToken);
        string? hint = null;
        foreach (string path in files)
        {
            using OpenFile file = JobFileReader.Open(path, policy);
            foreach (RowEntry entry in DataFormat.Read(file, query, budget))
            {
                budget.AddRow(path);
                try
                {
                    JsonElement json = entry.Parse();
                    hint = values.Count + faults.Count == 0 ? HintOf(json) : null;
                    values.Add(read(new DataRow(json, entry.Columns), values.Count));
                }
                catch (JsonException fault)
                {
                    faults.Add(path, entry.Unit, entry.Number, $"not JSON: {fault.Message}");
                }
                catch (DataRowException fault)
                {
                    faults.Add(path, entry.Unit, entry.Number, fault.Message);
                }

                if (query.Limit > 0 && values.Count + faults.Count >= query.Limit)
                {
                    return Checked(query, values, faults, files.Count > 1, hint);
                }
            }
        }

        return Checked(query, values, faults, files.Count > 1, hint);
    }

    /// <summary>Parses every row of some files, and keeps none.</summary>
    /// <param name="directory">Has the files.</param>
    /// <param name="names">Of the files, which are what messages say of them.</param>
    /// <param name="policy">Which files may be read, and how much of them.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <exception cref="DataException">A file as a whole cannot be read, or there are more rows or bytes than one source may have.</exception>
    public static DataScan Scan(string directory, IReadOnlyList<string> names, FilePolicy policy, CancellationToken cancellationToken)
    {
        RowFaultList faults = new();
        DataBudget budget = new(policy, cancellationToken);
        long rows = 0;
        foreach (string name in names)
        {
            using OpenFile file = JobFileReader.Open(Path.Combine(directory, name), policy) with { Path = name };
            foreach (RowEntry entry in DataFormat.Read(file, new RowQuery(name, 0), budget))
            {
                budget.AddRow(name);
                rows++;
                try
                {
                    _ = new DataRow(entry.Parse(), entry.Columns);
                }
                catch (JsonException fault)
                {
                    faults.Add(name, entry.Unit, entry.Number, $"not JSON: {fault.Message}");
                }
                catch (DataRowException fault)
                {
                    faults.Add(name, entry.Unit, entry.Number, fault.Message);
                }
            }
        }

        return new DataScan(rows, faults.Lines(names.Count > 1));
    }

    /// <summary>The fields of the first row; none where it cannot be read.</summary>
    public static IReadOnlyList<string> FieldsOf(string path, FilePolicy policy, CancellationToken cancellationToken)
    {
        try
        {
            return Read(new RowQuery(path, 1), policy, (row, _) => row.Fields.ToArray(), cancellationToken)[0];
        }
        catch (DataException)
        {
            return [];
        }
    }

    private static List<T> Checked<T>(RowQuery query, List<T> values, RowFaultList faults, bool isMany, string? hint)
    {
        string path = Shown.Value(query.Path);
        if (faults.Count > 0)
        {
            throw DataException.Of($"{path}: {faults.Count} of {values.Count + faults.Count} rows cannot be used:", [.. faults.Lines(isMany).Select(line => line + hint)]);
        }

        return values.Count > 0 ? values : throw new DataException($"{path} has no rows; give a file with at least one.");
    }

    /// <summary>For a file that is one object, not rows.</summary>
    private static string? HintOf(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.EnumerateObject().FirstOrDefault(IsListOfObjects) is { Value.ValueKind: JsonValueKind.Array } list
            ? $". The file is one JSON object; if its rows are under \"{Shown.Value(list.Name)}\", write that list alone to a file"
            : null;

    private static bool IsListOfObjects(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.Array
        && property.Value.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first
        && !MessageReader.IsMessage(first);
}

/// <summary>What was found in files whose rows were parsed.</summary>
/// <param name="Rows">All, faulty ones included.</param>
/// <param name="Faults">One line for each kind of fault, with the first rows that have it.</param>
internal sealed record DataScan(long Rows, IReadOnlyList<string> Faults);

/// <summary>Training data from a file or inline.</summary>
internal static class DataSource
{
    /// <param name="limit">Use only the first; 0 is all.</param>
    /// <exception cref="DataException">There is none.</exception>
    public static IReadOnlyList<T> Inline<T>(IReadOnlyList<T> rows, int limit) => rows.Count == 0
        ? throw new DataException("The source has neither a file nor inline data; give one of the two.")
        : limit > 0 ? [.. rows.Take(limit)] : rows;
}

/// <summary>Which fields of a data file hold what a chat template shows besides the messages.</summary>
public interface ITemplateFields
{
    /// <summary>Field with the tools: a JSON list, or text that contains one.</summary>
    string ToolsField { get; }

    /// <summary>Field with further variables: a JSON object, or text that contains one.</summary>
    string TemplateArgumentsField { get; }
}
