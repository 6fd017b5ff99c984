using Parquet;
using Parquet.Schema;

namespace AlignService.Store.Columns;

/// <summary>A column of a table: its field, and how a range of its rows is written.</summary>
public sealed record TableColumn
{
    private TableColumn(Field field, Func<ParquetRowGroupWriter, Range, Task> writeAsync) => (Field, WriteAsync) = (field, writeAsync);

    internal Field Field { get; }

    internal Func<ParquetRowGroupWriter, Range, Task> WriteAsync { get; }

    public static TableColumn Numbers<T>(string name, T[] values)
        where T : struct
    {
        DataField field = new DataField<T>(name);
        return new(field, (group, rows) => group.WriteAsync<T>(field, values.AsMemory(rows)));
    }

    public static TableColumn Optional<T>(string name, T?[] values)
        where T : struct
    {
        DataField field = new DataField<T?>(name);
        return new(field, (group, rows) => group.WriteAsync<T>(field, (ReadOnlyMemory<T?>)values.AsMemory(rows)));
    }

    /// <summary>NaN is null.</summary>
    public static TableColumn Scores(string name, IEnumerable<double> values) => Optional(name, (double?[])[.. values.Select(value => double.IsNaN(value) ? (double?)null : value)]);

    public static TableColumn Texts(string name, string?[] values)
    {
        DataField field = new DataField<string>(name);
        return new(field, (group, rows) => group.WriteAsync(field, values[rows]!));
    }

    public static TableColumn Lists(string name, IReadOnlyList<int>[] values)
    {
        DataField element = new DataField<int>("element");
        return new(new ListField(name, element), (group, rows) => WriteListsAsync(group, element, values[rows]));
    }

    /// <summary>As the format has lists: each value with whether it continues a list; an empty list is a place without a value.</summary>
    private static async Task WriteListsAsync(ParquetRowGroupWriter group, DataField element, IReadOnlyList<int>[] lists)
    {
        List<int> values = [], definitions = [], repetitions = [];
        foreach (IReadOnlyList<int> list in lists)
        {
            values.AddRange(list);
            definitions.AddRange(list.Count == 0 ? [element.MaxDefinitionLevel - 1] : Enumerable.Repeat(element.MaxDefinitionLevel, list.Count));
            repetitions.AddRange(Enumerable.Range(0, Math.Max(1, list.Count)).Select(place => place == 0 ? 0 : element.MaxRepetitionLevel));
        }

        await group.WriteAllPartsAsync<int>(element, values.ToArray(), definitions.ToArray(), repetitions.ToArray(), CancellationToken.None);
    }
}

/// <summary>Tables as Parquet files, compressed with Snappy. Equal tables give equal bytes.</summary>
public static class ColumnFile
{
    /// <param name="file">Receives the table. What it holds already is a table of the same columns, to which the rows are added; it can be read and written, then.</param>
    /// <param name="columns">At least one, of the same number of rows.</param>
    /// <param name="rowCount">That number.</param>
    /// <param name="groupSize">Rows of one row group: a reader holds one at a time.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static async Task WriteAsync(Stream file, IReadOnlyList<TableColumn> columns, int rowCount, int groupSize, CancellationToken cancellationToken)
    {
        ParquetOptions options = new() { Append = file.Length > 0 };
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(column => column.Field)), file, options, cancellationToken: cancellationToken);
        for (int first = 0; first < rowCount; first += groupSize)
        {
            Range rows = first..Math.Min(first + groupSize, rowCount);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach (TableColumn column in columns)
            {
                await column.WriteAsync(group, rows);
            }

            group.CompleteValidate();
        }
    }
}
