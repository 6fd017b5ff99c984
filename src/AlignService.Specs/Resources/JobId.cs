using System.Text.RegularExpressions;

namespace AlignService.Specs.Resources;

/// <summary>The last segment of a job's resource name: lower-case letters, digits and '-', 4 to 63 characters.</summary>
public readonly partial record struct JobId(string Value)
{
    public string ResourceName => $"jobs/{Value}";

    /// <summary>Reads jobs/{job}.</summary>
    public static bool TryParseResourceName(string name, out JobId id)
    {
        Match match = Job().Match(name);
        id = new JobId(match.Groups["job"].Value);
        return match.Success;
    }

    public override string ToString() => Value;

    [GeneratedRegex(@"\Ajobs/(?<job>[a-z0-9-]{4,63})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Job();
}
