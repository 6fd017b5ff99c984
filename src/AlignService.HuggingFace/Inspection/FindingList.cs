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
