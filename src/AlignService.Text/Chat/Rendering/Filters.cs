using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The filters after <c>|</c>, by name.</summary>
internal static class Filters
{
    public static IReadOnlyDictionary<string, Func<object, Arguments, FilterContext, object>> ByName { get; } =
        new Dictionary<string, Func<object, Arguments, FilterContext, object>>(
            TextFilters.All.Concat(NumberFilters.All).Concat(SequenceFilters.All).Concat(SelectionFilters.All));
}

/// <summary>What filters and functions may use besides their arguments.</summary>
internal sealed record FilterContext(RenderBudget Budget, TimeProvider Clock);
