using System.Text.Json;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>
/// A JSON schema (2020-12) that accepts values or not. Every keyword either counts or is refused: unevaluatedItems, unevaluatedProperties, dynamic references and
/// references to other documents are. <c>format</c> is an annotation, as the standard has it by default. Patterns run without backtracking.
/// </summary>
public sealed class JsonSchema
{
    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <exception cref="RewardException">It is not JSON, or not a schema that can be used; the message names the place.</exception>
    public static JsonSchema Parse(string text)
    {
        JsonElement json;
        try
        {
            json = JsonElement.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new RewardException($"The JSON schema is not JSON: {fault.Message}");
        }

        return new(new SchemaCompiler(json).Compile());
    }

    public bool Accepts(JsonElement value) => _root.Accepts(value);
}
