namespace AlignService.Specs.Data;

/// <summary>A data file that cannot be used; the message lists every fault that was found.</summary>
public sealed class DataException(string message) : AlignException(message)
{
    private const int ShownFaults = 20;

    public override string Reason => "data_invalid";

    /// <summary>The faults of rows; empty where the message is the only fault.</summary>
    public IReadOnlyList<string> Faults { get; private init; } = [];

    /// <summary>The file does not exist.</summary>
    public bool IsMissing { get; internal init; }

    /// <summary>All faults in one message, the first twenty in full.</summary>
    internal static DataException Of(string summary, IReadOnlyList<string> faults)
    {
        IEnumerable<string> shown = faults.Take(ShownFaults).Select(fault => $"\n  {fault}");
        string rest = faults.Count > ShownFaults ? $"\n  and {faults.Count - ShownFaults} more" : "";
        return new(summary + string.Concat(shown) + rest) { Faults = faults };
    }
}
