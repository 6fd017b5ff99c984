using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Iteration over values, and their length.</summary>
internal static class Iteration
{
    public static IEnumerable<object> Over(object value) => TryOver(value) ?? throw new TemplateFault($"a {TypeNames.Of(value)} is not iterable");

    /// <summary>The items (of a string its characters, of a mapping its keys); null for a value without any.</summary>
    public static IEnumerable<object>? TryOver(object value) => value switch
    {
        string text => Scalars.Each(text),
        Sequence sequence => sequence.Items,
        Mapping mapping => mapping.Entries.Select(entry => entry.Key),
        LazySequence lazy => lazy.Rest(),
        Undefined => [],
        _ => null,
    };

    public static int Length(object value) => TryLength(value) ?? throw new TemplateFault($"a {TypeNames.Of(value)} has no length");

    public static int? TryLength(object value) => value switch
    {
        string text => Scalars.Count(text),
        Sequence sequence => sequence.Items.Count,
        Mapping mapping => mapping.Count,
        LoopState loop => loop.Count,
        Undefined => 0,
        _ => null,
    };
}
