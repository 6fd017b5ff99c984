using System.Text.Json;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>Lines of JSON that are embedded in this assembly.</summary>
internal static class ReferenceLines
{
    public static IReadOnlyList<JsonElement> Read(string resource)
    {
        using Stream stream = typeof(ReferenceLines).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        var lines = new List<JsonElement>();
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            lines.Add(document.RootElement.Clone());
        }

        return lines;
    }
}
