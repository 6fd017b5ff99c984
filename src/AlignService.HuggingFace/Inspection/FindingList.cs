namespace AlignService.HuggingFace.Inspection;

/// <summary>Collects findings.</summary>
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

    /// <summary>The action's result; null, and a fault, where the files are invalid.</summary>
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

/// <summary>Something unusual about a model directory.</summary>
/// <param name="Code">An identifier for programs, such as <c>pad_is_end</c>.</param>
/// <param name="Message">What it is, and its consequence.</param>
/// <param name="IsFault">The directory cannot be used as is; otherwise it can, and this is a warning.</param>
public sealed record ModelFinding(string Code, string Message, bool IsFault);
