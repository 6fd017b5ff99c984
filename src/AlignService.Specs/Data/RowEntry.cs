using System.Text.Json;

namespace AlignService.Specs.Data;

/// <summary>A row before it is looked into.</summary>
/// <param name="Place">Where it stands, for people: "line 12".</param>
/// <param name="Parse">Its JSON; throws <see cref="JsonException"/> where it is none.</param>
internal sealed record RowEntry(string Place, Func<JsonElement> Parse);
