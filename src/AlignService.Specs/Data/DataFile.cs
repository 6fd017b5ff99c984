using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>Reads training data from a file, with the format given by its extension: .parquet, .json (a list, or one object per line), and one JSON object per line for any other.</summary>
internal static class DataFile
{
    /// <summary>Every row as a value; rows beyond the limit are not read.</summary>
    /// <param name="file">Path.</param>
    /// <param name="limit">Use only the first rows; 0 is all.</param>
    /// <param name="read">Converts a row and its index to a value; throws <see cref="DataRowException"/> where it cannot be used.</param>
    /// <exception cref="DataException">The file does not exist or has no rows, or rows cannot be used: all of them are listed, with their locations.</exception>
    public static IReadOnlyList<T> Read<T>(string file, int limit, Func<DataRow, int, T> read)
    {
        if (!File.Exists(file))
        {
            throw new DataException($"The file {file} does not exist; give the path of a JSONL, JSON or Parquet file that the server can read.");
        }

        List<T> values = [];
        List<string> faults = [];
        IEnumerable<RowEntry> entries = ReaderOf(file).Read(file);
        foreach (RowEntry entry in limit > 0 ? entries.Take(limit) : entries)
        {
            try
            {
                values.Add(read(new DataRow(entry.Parse()), values.Count));
            }
            catch (JsonException fault)
            {
                faults.Add($"{entry.Place}: not JSON: {fault.Message}");
            }
            catch (DataRowException fault)
            {
                faults.Add($"{entry.Place}: {fault.Message}");
            }
        }

        if (faults.Count > 0)
        {
            throw DataException.Of($"{file}: {faults.Count} of {values.Count + faults.Count} rows cannot be used:", faults);
        }

        return values.Count > 0 ? values : throw new DataException($"{file} has no rows; give a file with at least one.");
    }

    private static IRowReader ReaderOf(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".PARQUET" => new ParquetRowReader(),
        ".JSON" => new JsonReader(),
        _ => new JsonLinesReader(),
    };
}
