namespace AlignService.HuggingFace.Inspection;

/// <summary>Gathers findings.</summary>
internal sealed class FindingList
{
    private readonly List<ModelFinding> _findings = [];

    internal IReadOnlyList<ModelFinding> FaultsFirst => [.. _findings.OrderByDescending(finding => finding.IsFault)];

    internal void Warn(string code, string message) => _findings.Add(new ModelFinding(code, message, IsFault: false));

    internal void WarnIf(bool holds, string code, string message)
    {
        if (holds)
        {
            Warn(code, message);
        }
    }

    internal void Fault(string code, string message) => _findings.Add(new ModelFinding(code, message, IsFault: true));

    /// <summary>What the action gives; null, and a fault, where the files do not allow it.</summary>
    internal T? Try<T>(string code, Func<T> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (CheckpointException exception)
        {
            Fault(code, exception.Message);
            return null;
        }
    }
}

/// <summary>Something unusual about a model's directory.</summary>
/// <param name="Code">A word for programs, such as <c>pad_is_end</c>.</param>
/// <param name="Message">What it is, and what follows from it.</param>
/// <param name="IsFault">The directory cannot be used as it is; otherwise it can, and this is worth knowing.</param>
public sealed record ModelFinding(string Code, string Message, bool IsFault);
