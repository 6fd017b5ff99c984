namespace AlignService.Specs.Prompts;

/// <summary>Prompts that cannot be used; the message lists every fault that was found.</summary>
public sealed class PromptDataException(string message) : AlignException(message)
{
    private const int ShownFaults = 20;

    public override string Reason => "prompts_invalid";

    /// <summary>All faults in one message, the first twenty in full.</summary>
    internal static PromptDataException Of(string summary, List<string> faults)
    {
        IEnumerable<string> shown = faults.Take(ShownFaults).Select(fault => $"\n  {fault}");
        string rest = faults.Count > ShownFaults ? $"\n  and {faults.Count - ShownFaults} more" : "";
        return new(summary + string.Concat(shown) + rest);
    }
}
