using System.Text.RegularExpressions;

namespace AlignService.Specs.Resources;

/// <summary>The last segment of a project's resource name: lower-case letters, digits and '-', 1 to 40 characters, the first a letter.</summary>
public readonly partial record struct ProjectId(string Value)
{
    /// <summary>What is used without projects.</summary>
    public static ProjectId Default { get; } = new("default");

    public string ResourceName => $"projects/{Value}";

    public static bool TryParse(string text, out ProjectId id)
    {
        id = new ProjectId(text);
        return Pattern().IsMatch(text);
    }

    public override string ToString() => Value;

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex Pattern();
}
