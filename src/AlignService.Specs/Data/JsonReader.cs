using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>A JSON list of objects; or, as in many files with that extension, one JSON object per line.</summary>
internal sealed class JsonReader : IRowReader
{
    public IEnumerable<RowEntry> Read(string file) => StartsWithList(file) ? ReadList(file) : new JsonLinesReader().Read(file);

    private static bool StartsWithList(string file)
    {
        using StreamReader reader = File.OpenText(file);
        int next;
        do
        {
            next = reader.Read();
        }
        while (next >= 0 && char.IsWhiteSpace((char)next));
        return next == '[';
    }

    private static IEnumerable<RowEntry> ReadList(string file) =>
        Parse(file).EnumerateArray().Select((row, index) => new RowEntry($"entry {index + 1}", () => row));

    private static JsonElement Parse(string file)
    {
        try
        {
            return JsonElement.Parse(File.ReadAllText(file));
        }
        catch (JsonException fault)
        {
            throw new DataException($"{file} starts like a JSON list, but is not JSON: {fault.Message}");
        }
    }
}
