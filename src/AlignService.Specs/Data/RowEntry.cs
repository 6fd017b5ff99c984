using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>A row that is not parsed yet.</summary>
/// <param name="Place">Its location, for people: "line 12".</param>
/// <param name="Parse">Its JSON; throws <see cref="JsonException"/> where it is not JSON.</param>
internal sealed record RowEntry(string Place, Func<JsonElement> Parse);
