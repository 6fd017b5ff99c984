using System.Text.Json;

namespace AlignService.Specs.Violations;

/// <summary>What kind of thing is wrong with a field: a word for programs, where the text is for people.</summary>
public enum ViolationCode
{
    /// <summary>The value cannot be used; the text says why.</summary>
    Invalid,

    /// <summary>A number outside its bounds.</summary>
    OutOfRange,

    /// <summary>A name or enum value that this program does not know.</summary>
    Unknown,

    /// <summary>Something that a job cannot be without.</summary>
    Missing,

    /// <summary>A file, directory, job or checkpoint that does not exist.</summary>
    NotFound,

    /// <summary>Two settings that exclude each other.</summary>
    Conflict,

    /// <summary>A warning: nothing reads the setting.</summary>
    NoEffect,

    /// <summary>A warning: the value is allowed, but rarely meant.</summary>
    Unusual,
}

/// <summary>One thing that is wrong, or unusual, in a request.</summary>
/// <param name="Field">The field's path from the request.</param>
/// <param name="Code">Kind of thing.</param>
/// <param name="Description">The value, the bound and the way out.</param>
public sealed record Violation(string Field, ViolationCode Code, string Description)
{
    /// <summary>The code as the wire spells it.</summary>
    public string Reason => JsonNamingPolicy.SnakeCaseUpper.ConvertName(Code.ToString());
}

/// <summary>A request with violations, all of them.</summary>
public sealed class InvalidRequestException(IReadOnlyList<Violation> violations) : AlignException(Describe(violations))
{
    public InvalidRequestException(string field, string description)
        : this([new Violation(field, ViolationCode.Invalid, description)])
    {
    }

    public IReadOnlyList<Violation> Violations { get; } = violations;

    private static string Describe(IReadOnlyList<Violation> violations) => violations switch
    {
        [var only] => $"{only.Field}: {only.Description}",
        _ => $"{violations.Count} faults in the request:\n" + string.Join('\n', violations.Select(violation => $"- {violation.Field}: {violation.Description}")),
    };
}
