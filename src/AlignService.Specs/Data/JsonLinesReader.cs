using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>One JSON object per line; blank lines are skipped.</summary>
internal sealed class JsonLinesReader : IRowReader
{
    public IEnumerable<RowEntry> Read(string file)
    {
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return new RowEntry($"line {number}", () => JsonElement.Parse(line));
            }
        }
    }
}
