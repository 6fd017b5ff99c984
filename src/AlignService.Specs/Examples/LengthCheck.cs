using AlignService.Specs.Settings;

namespace AlignService.Specs.Examples;

/// <summary>Which examples fit a length, and the message about the others. None is ever truncated.</summary>
/// <param name="Fitting">Indices of those that fit.</param>
/// <param name="Fault">Why the examples cannot be used; null where they can.</param>
/// <param name="Warning">What was left out; null where nothing was.</param>
public sealed record LengthCheck(IReadOnlyList<int> Fitting, string? Fault, string? Warning)
{
    /// <summary>Number of overlong examples that are named individually.</summary>
    private const int NamedCount = 10;

    /// <param name="lengths">Tokens of each example.</param>
    /// <param name="limit">The length limit.</param>
    public static LengthCheck Of(IReadOnlyList<int> lengths, LengthLimit limit)
    {
        int[] tooLong = [.. Enumerable.Range(0, lengths.Count).Where(example => lengths[example] > limit.Tokens)];
        if (tooLong.Length == 0)
        {
            return new([.. Enumerable.Range(0, lengths.Count)], null, null);
        }

        string named = string.Join(", ", tooLong.Take(NamedCount).Select(example => $"example {example} has {lengths[example]}"));
        string counted = $"{tooLong.Length} of {lengths.Count} examples are longer than {limit.Tokens} tokens";
        string rest = tooLong.Length > NamedCount ? ", ..." : "";
        return limit.Overlong == OverlongPrompts.Refuse || tooLong.Length == lengths.Count
            ? new([], $"{counted}: {named}{rest}. Raise max_length, at most to the model's context, shorten them, or set overlong_examples to drop.", null)
            : new([.. Enumerable.Range(0, lengths.Count).Where(example => lengths[example] <= limit.Tokens)], null, $"{counted} and are left out: {named}{rest}.");
    }
}
