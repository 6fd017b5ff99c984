using System.Text.Json;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>The check of one keyword.</summary>
internal delegate bool SchemaCheck(JsonElement value, SchemaEvaluation evaluation);

/// <summary>One schema object: a value is accepted if every check accepts it.</summary>
internal sealed class SchemaNode(string path)
{
    /// <summary>Its location, as a JSON pointer.</summary>
    public string Path { get; } = path;

    public List<SchemaCheck> Checks { get; } = [];

    /// <summary>Schemas that apply to the same value as this one.</summary>
    public List<SchemaNode> SameValue { get; } = [];

    /// <exception cref="SchemaLimitException">The evaluation is too long or too deep.</exception>
    public bool Accepts(JsonElement value, SchemaEvaluation evaluation)
    {
        evaluation.Enter();
        bool accepted = Checks.TrueForAll(check => check(value, evaluation));
        evaluation.Leave();
        return accepted;
    }
}
