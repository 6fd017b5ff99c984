using System.Text.RegularExpressions;

namespace AlignService.Specs.Resources;

/// <summary>What a job's `model` names: a directory, a model that the server keeps (models/{model}), or a checkpoint of another job (jobs/{job}/checkpoints/{step-NNNNNN, last or best}).</summary>
public sealed partial record ModelReference
{
    private ModelReference()
    {
    }

    /// <summary>A Hugging Face directory; null where a checkpoint or a stored model is named.</summary>
    public string? Directory { get; private init; }

    /// <summary>A model that the server keeps; null where something else is named.</summary>
    public StoredName? Stored { get; private init; }

    /// <summary>The job whose checkpoint is named; null for a directory.</summary>
    public JobId? JobId { get; private init; }

    /// <summary>step-NNNNNN, last or best; null for a directory.</summary>
    public string? CheckpointName { get; private init; }

    /// <summary>Whether a model's name is meant as another job's checkpoint, well-formed or not.</summary>
    public static bool IsCheckpoint(string place) => place.StartsWith("jobs/", StringComparison.Ordinal) && place.Contains("/checkpoints/", StringComparison.Ordinal);

    /// <summary>Whether it is a resource name, well-formed or not, and no path.</summary>
    public static bool IsName(string place) => IsCheckpoint(place) || StoredName.TryParse(place, StoredName.Models, out _);

    public static ModelReference Parse(string text)
    {
        if (StoredName.TryParse(text, StoredName.Models, out StoredName stored))
        {
            return new ModelReference { Stored = stored };
        }

        Match match = Checkpoint().Match(text);
        return match.Success
            ? new ModelReference { JobId = new JobId(match.Groups["job"].Value), CheckpointName = match.Groups["name"].Value }
            : new ModelReference { Directory = text };
    }

    [GeneratedRegex(@"\Ajobs/(?<job>[a-z0-9-]{4,63})/checkpoints/(?<name>step-[0-9]{6,}|last|best)\z")]
    private static partial Regex Checkpoint();
}
