using System.Text.Json;
using AlignService.Text;

namespace AlignService.Specs.Violations;

/// <summary>What is wrong with a field, for programs; the description is for people.</summary>
public enum ViolationCode
{
    /// <summary>The value is invalid; the description says why.</summary>
    Invalid,

    /// <summary>A number outside its bounds.</summary>
    OutOfRange,

    /// <summary>A name or enum value that this program does not know.</summary>
    Unknown,

    /// <summary>Something that a job requires.</summary>
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
/// <param name="Code">What kind of violation it is.</param>
/// <param name="Description">The value, the bound and the remedy.</param>
public sealed record Violation(string Field, ViolationCode Code, string Description)
{
    /// <summary>The code as spelled on the wire.</summary>
    public string Reason => JsonNamingPolicy.SnakeCaseUpper.ConvertName(Code.ToString());
}

/// <summary>A request with its violations.</summary>
/// <param name="violations">At least one.</param>
/// <param name="omitted">How many further ones there are.</param>
public sealed class InvalidRequestException(IReadOnlyList<Violation> violations, int omitted = 0) : AlignException(Describe(violations, omitted))
{
    public InvalidRequestException(string field, string description)
        : this([new Violation(field, ViolationCode.Invalid, ShortText.Cut(description))])
    {
    }

    public IReadOnlyList<Violation> Violations { get; } = violations;

    /// <summary>All of them, those that are not listed included.</summary>
    public int Count => Violations.Count + omitted;

    private static string Describe(IReadOnlyList<Violation> violations, int omitted) => violations switch
    {
        [var only] when omitted == 0 => $"{only.Field}: {only.Description}",
        _ => $"{violations.Count + omitted} faults in the request:\n" + string.Join('\n', violations.Select(violation => $"- {violation.Field}: {violation.Description}")),
    };
}
