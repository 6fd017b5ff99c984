using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>Reads training data from a file, its format by its ending: .parquet, .json (a list, or an object a line), and a JSON object a line for every other.</summary>
internal static class DataFile
{
    /// <summary>Every row as a value; the file is read no further than the limit.</summary>
    /// <param name="file">Path.</param>
    /// <param name="limit">Use only the first rows; 0 is all.</param>
    /// <param name="read">From a row and its index, from 0, to a value; throws <see cref="DataRowException"/> where it cannot be used.</param>
    /// <exception cref="DataException">There is no such file, it holds no row, or rows cannot be used: all of them are listed, with their places.</exception>
    public static IReadOnlyList<T> Read<T>(string file, int limit, Func<DataRow, int, T> read)
    {
        if (!File.Exists(file))
        {
            throw new DataException($"There is no file {file}; give the path of a JSONL, JSON or Parquet file that the server can read.");
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

        return values.Count > 0 ? values : throw new DataException($"{file} holds no row; give a file with at least one.");
    }

    private static IRowReader ReaderOf(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".PARQUET" => new ParquetRowReader(),
        ".JSON" => new JsonReader(),
        _ => new JsonLinesReader(),
    };
}
