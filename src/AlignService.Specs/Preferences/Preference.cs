using AlignService.Specs.Binding;
using AlignService.Specs.Data;

namespace AlignService.Specs.Preferences;

/// <summary>Two answers to one prompt, of which the first is preferred.</summary>
/// <param name="Prompt">Text or messages.</param>
/// <param name="Chosen">The better answer, without special tokens.</param>
/// <param name="Rejected">The other.</param>
/// <param name="Margin">By how much the chosen's score should lead; for reward models only.</param>
[WireData(typeof(PreferenceWire))]
public sealed record Preference(Prompt Prompt, string Chosen, string Rejected, double Margin = 0)
{
    /// <summary>Beyond it float32 cannot resolve the scores that the margin is compared with.</summary>
    private const double LargestMargin = 1e30;

    /// <summary>What is wrong with it; null where it is valid.</summary>
    public string? FindFault() => Prompt.FindFault() ?? (
        Chosen.Length == 0 ? "chosen is empty; give the better answer"
        : Rejected.Length == 0 ? "rejected is empty; give the worse answer"
        : Math.Abs(Margin) <= LargestMargin ? null
        : $"margin is {Margin}; it must be a finite number in [{-LargestMargin}, {LargestMargin}]");
}
