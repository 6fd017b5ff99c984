using System.Text.RegularExpressions;

namespace AlignService.Specs.Resources;

/// <summary>What a job's `model` names: a directory, or a checkpoint of another job (jobs/{job}/checkpoints/{step-NNNNNN, last or best}).</summary>
public sealed partial record ModelReference
{
    private ModelReference()
    {
    }

    /// <summary>A Hugging Face directory; null where a checkpoint is named.</summary>
    public string? Directory { get; private init; }

    /// <summary>The job whose checkpoint is named; null for a directory.</summary>
    public JobId? JobId { get; private init; }

    /// <summary>step-NNNNNN, last or best; null for a directory.</summary>
    public string? CheckpointName { get; private init; }

    /// <summary>Whether a model's name is meant as another job's checkpoint, well-formed or not.</summary>
    public static bool IsCheckpoint(string place) => place.StartsWith("jobs/", StringComparison.Ordinal) && place.Contains("/checkpoints/", StringComparison.Ordinal);

    public static ModelReference Parse(string text)
    {
        Match match = Checkpoint().Match(text);
        return match.Success
            ? new ModelReference { JobId = new JobId(match.Groups["job"].Value), CheckpointName = match.Groups["name"].Value }
            : new ModelReference { Directory = text };
    }

    [GeneratedRegex("^jobs/(?<job>[a-z0-9-]{4,63})/checkpoints/(?<name>step-[0-9]{6,}|last|best)$")]
    private static partial Regex Checkpoint();
}
