using System.Text.Json;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>
/// A JSON schema (2020-12) that validates values. Every keyword is either applied or refused: unevaluatedItems, unevaluatedProperties, dynamic references and
/// references to other documents are refused. <c>format</c> is an annotation, the standard's default. Patterns run without backtracking.
/// </summary>
public sealed class JsonSchema
{
    /// <summary>In characters. Looking up a reference takes time linear in the definitions, so a schema's cost is quadratic in its length.</summary>
    private const int LongestText = 250_000;

    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <exception cref="RewardException">It is not JSON, or not a supported schema; the message names the location.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public static JsonSchema Parse(string text, CancellationToken cancellationToken)
    {
        if (text.Length > LongestText)
        {
            throw new RewardException($"The JSON schema has {text.Length} characters; it may have at most {LongestText}. Remove unused definitions.");
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

        if (RowJson.FindFault(json) is { } half)
        {
            throw new RewardException($"The JSON schema is not valid: {half}.");
        }

        return new(new SchemaCompiler(json, cancellationToken).Compile());
    }

    /// <returns>Also false where the check exceeds the work limit.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public bool Accepts(JsonElement value, CancellationToken cancellationToken)
    {
        try
        {
            return _root.Accepts(value, new SchemaEvaluation(cancellationToken));
        }
        catch (SchemaLimitException)
        {
            return false;
        }
    }
}
