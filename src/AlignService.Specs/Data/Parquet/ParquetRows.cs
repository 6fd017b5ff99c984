using System.Text.Json;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data.Parquet;

/// <summary>Rows of a Parquet file, nested lists and structures included: only the columns that are used, one row group in memory at a time.</summary>
internal static class ParquetRows
{
    /// <exception cref="DataException">The file cannot be read as Parquet.</exception>
    public static IEnumerable<RowEntry> Read(OpenFile file, RowQuery query, DataBudget budget)
    {
        ParquetMetadata metadata = Checked(file, () => file.Length > 0 ? ParquetMetadata.Read(file) : throw new ParquetException("it is empty"));
        string[] names = [.. metadata.Fields.Select(field => field.Name)];
        ParquetNode[] fields = [.. metadata.Fields.Where(field => query.Wants(field.Name) && field.Leaves.Count > 0)];
        long number = 0;
        foreach (RowGroup group in metadata.Groups)
        {
            using RowAssembler rows = Checked(file, () => Assembler(file, fields, group, budget));
            for (long row = 0; row < group.RowCount; row++)
            {
                number++;
                JsonElement json = Checked(file, () => Row(rows, file, budget));
                string? fault = rows.Fault;
                yield return new RowEntry("row", number, () => fault is null ? json : throw new DataRowException(fault)) { Columns = names };
            }
        }
    }

    private static RowAssembler Assembler(OpenFile file, ParquetNode[] fields, RowGroup group, DataBudget budget)
    {
        ColumnValues[] columns = [.. fields.SelectMany(field => field.Leaves).Select(leaf => ColumnReader.Read(leaf, group.Columns[leaf.Column!.Index], file, budget))]; // leaves are columns
        return new RowAssembler(fields, columns);
    }

    private static JsonElement Row(RowAssembler rows, OpenFile file, DataBudget budget)
    {
        ReadOnlySpan<byte> json = rows.Next();
        budget.AddBytes(file.Path, json.Length);
        return json.Length <= FilePolicy.MaxRowBytes ? JsonElement.Parse(json) : throw new ParquetException($"a row is longer than {FilePolicy.MaxRowBytes >> 20} MiB");
    }

    private static T Checked<T>(OpenFile file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ParquetException fault)
        {
            throw new DataException(
                $"{Shown.Value(file.Path)} cannot be read as a Parquet file: {fault.Message}. Write it again, or leave the column out; in a prompt source, metadata_fields names the columns that are read for rewards.");
        }
    }
}
