using System.Text.Json;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>
/// A JSON schema (2020-12) that accepts values or not. Every keyword either counts or is refused: unevaluatedItems, unevaluatedProperties, dynamic references and
/// references to other documents are. <c>format</c> is an annotation, as the standard has it by default. Patterns run without backtracking.
/// </summary>
public sealed class JsonSchema
{
    /// <summary>In characters. Looking up a reference takes time in proportion to the definitions, so a schema's cost grows with the square of its length.</summary>
    private const int LongestText = 250_000;

    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <exception cref="RewardException">It is not JSON, or not a schema that can be used; the message names the place.</exception>
    public static JsonSchema Parse(string text)
    {
        if (text.Length > LongestText)
        {
            throw new RewardException($"The JSON schema has {text.Length} characters; it may have at most {LongestText}. Leave out definitions that nothing refers to.");
        }

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

    /// <returns>False, too, where the answer needs more work than a value may cost.</returns>
    public bool Accepts(JsonElement value)
    {
        try
        {
            return _root.Accepts(value, new SchemaEvaluation());
        }
        catch (SchemaLimitException)
        {
            return false;
        }
    }
}
