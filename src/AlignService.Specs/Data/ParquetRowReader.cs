using System.IO.MemoryMappedFiles;
using System.Text.Json;
using System.Text.Json.Serialization;
using Parquet;
using Parquet.Serialization;

namespace AlignService.Specs.Data;

/// <summary>Rows of a Parquet file, nested lists and structures included, with one row group in memory at a time.</summary>
internal sealed class ParquetRowReader : IRowReader
{
    private static readonly ParquetOptions Parquet = new();
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new ParquetTextConverter(), new ParquetBytesConverter() },
    };

    public IEnumerable<RowEntry> Read(string file)
    {
        if (new FileInfo(file).Length == 0)
        {
            throw new DataException($"{file} is empty, not a Parquet file.");
        }

        // Reads of mapped memory end before they return: the library's tasks are done when they are handed out, and nothing blocks.
        using var map = MemoryMappedFile.CreateFromFile(file, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewStream stream = map.CreateViewStream(0, new FileInfo(file).Length, MemoryMappedFileAccess.Read);
        int number = 0;
        int groupCount = Completed(file, () => CountRowGroupsAsync(stream));
        for (int group = 0; group < groupCount; group++)
        {
            foreach (Dictionary<string, object> row in Completed(file, () => ParquetSerializer.DeserializeUntypedAsync(stream, Parquet, group)).Data)
            {
                number++;
                yield return new RowEntry($"row {number}", () => ToJson(row));
            }
        }
    }

    private static JsonElement ToJson(Dictionary<string, object> row)
    {
        try
        {
            return JsonSerializer.SerializeToElement(row, Json);
        }
        catch (NotSupportedException fault)
        {
            throw new JsonException($"a column has a type that is not supported: {fault.Message}", fault);
        }
    }

    private static async Task<int> CountRowGroupsAsync(Stream stream)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream, Parquet, leaveStreamOpen: true);
        return reader.RowGroupCount;
    }

    /// <summary>The library throws whatever exception a damaged file causes.</summary>
    private static T Completed<T>(string file, Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            throw new DataException($"{file} cannot be read as a Parquet file: {fault.Message} Rewrite it, or use JSON lines.");
        }
    }
}
