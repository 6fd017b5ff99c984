using System.Text.Json;

namespace AlignService.Specs.Data.Formats;

/// <summary>A row that is not parsed yet.</summary>
/// <param name="Unit">What its number counts, for people: line, row, entry.</param>
/// <param name="Number">From 1.</param>
/// <param name="Parse">Its JSON; throws <see cref="JsonException"/> where it is not JSON.</param>
internal sealed record RowEntry(string Unit, long Number, Func<JsonElement> Parse)
{
    /// <summary>Every column of the file, where only some were read; null: the row has all there is.</summary>
    public IReadOnlyList<string>? Columns { get; init; }
}
