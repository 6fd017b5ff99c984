using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Filters of sequences and mappings that need no other filter or test.</summary>
internal static class SequenceFilters
{
    public static IEnumerable<KeyValuePair<string, Func<object, Arguments, FilterContext, object>>> All =>
    [
        new("count", Length),
        new("d", Default),
        new("default", Default),
        new("dictsort", SortMapping),
        new("first", First),
        new("items", Items),
        new("join", Join),
        new("last", Last),
        new("length", Length),
        new("list", List),
        new("reverse", Reverse),
        new("sort", Sort),
        new("unique", Unique),
    ];

    private static object Length(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("length");
        return new BigInteger(Iteration.Length(value));
    }

    private static object Default(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("default", "default_value", "boolean");
        bool alsoIfFalse = given[1] is { } flag && Truth.Of(flag);
        return value is Undefined || (alsoIfFalse && !Truth.Of(value)) ? given[0] ?? "" : value;
    }

    private static object First(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("first");
        return Iteration.Over(value).FirstOrDefault() ?? new Undefined("there is no first item, the sequence is empty");
    }

    private static object Last(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("last");
        return value is LazySequence
            ? throw new TemplateFault("a generator has no last item; make it a list first")
            : (value is string text ? Scalars.Count(text) is > 0 and int count ? Scalars.At(text, count - 1) : null : Iteration.Over(value).LastOrDefault()) ?? new Undefined("there is no last item, the sequence is empty");
    }

    private static object Items(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("items");
        return value is Undefined
            ? new LazySequence([])
            : new LazySequence(Given.Mapping(value, "items").Entries.Select(entry => Sequence.Tuple(entry.Key, entry.Value)));
    }

    private static object List(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("list");
        return Sequence.List(context.Budget.List(Iteration.Over(value)));
    }

    private static object Join(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("join", "d", "attribute");
        string separator = given[0] is { } text ? context.Budget.Print(text) : "";
        IEnumerable<object> items = Iteration.Over(value);
        if (given[1] is { } attribute and not None)
        {
            AttributePath path = AttributePath.Of(attribute);
            items = items.Select(item => path.Find(item, context.Budget));
        }

        return context.Budget.Join(items.Select(context.Budget.Print), separator);
    }

    private static object Reverse(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("reverse");
        if (value is string text)
        {
            context.Budget.Length(text.Length);
            return Scalars.Pick(text, Enumerable.Range(0, Scalars.Count(text)).Reverse());
        }

        List<object> items = context.Budget.List(Iteration.Over(value));
        items.Reverse();
        // What cannot be gone through backwards (a generator) becomes a list.
        return value is LazySequence ? Sequence.List(items) : new LazySequence(items);
    }

    private static object SortMapping(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("dictsort", "case_sensitive", "by", "reverse");
        bool isCaseSensitive = given[0] is { } flag && Truth.Of(flag);
        string by = given[1] is { } name ? Given.Text(name, "dictsort") : "key";
        int at = by switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateFault($"dictsort can sort by key or value, not by '{by}'"),
        };
        List<object> pairs = [.. context.Budget.List(Given.Mapping(value, "dictsort").Entries.Select(entry => Sequence.Tuple(entry.Key, entry.Value)))];
        return Sorted(pairs, pair => [Key(((Sequence)pair).Items[at], isCaseSensitive, context)], given[2], context);
    }

    private static object Sort(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("sort", "reverse", "case_sensitive", "attribute");
        bool isCaseSensitive = given[1] is { } flag && Truth.Of(flag);
        AttributePath[] paths = AttributePath.AllOf(given[2] ?? None.Value);
        return Sorted(
            context.Budget.List(Iteration.Over(value)),
            item => [.. paths.Select(path => Key(path.Find(item, context.Budget), isCaseSensitive, context))],
            given[0],
            context);
    }

    private static Sequence Sorted(List<object> items, Func<object, IReadOnlyList<object>> keys, object? reverse, FilterContext context)
    {
        bool isReversed = reverse is { } flag && Truth.Of(flag);
        List<(Sequence Key, object Item)> keyed = [.. items.Select(item => (Sequence.List(keys(item)), item))];
        List<(Sequence Key, object Item)> sorted = StableSort.Sort(keyed, (left, right) =>
        {
            context.Budget.Step(Math.Min(left.Key.Weight, right.Key.Weight));
            (left, right) = isReversed ? (right, left) : (left, right);
            return ValueOrder.Holds("<", left.Key, right.Key) ? -1 : 0;
        });
        return Sequence.List([.. sorted.Select(pair => pair.Item)]);
    }

    private static object Unique(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("unique", "case_sensitive", "attribute");
        bool isCaseSensitive = given[0] is { } flag && Truth.Of(flag);
        AttributePath path = AttributePath.Of(given[1] ?? None.Value);
        var seen = new HashSet<object>(ValueEquality.OfKeys);
        IEnumerable<object> items = Iteration.Over(value);
        return new LazySequence(items.Where(item => seen.Add(Key(path.Find(item, context.Budget), isCaseSensitive, context))));
    }

    private static object Key(object value, bool isCaseSensitive, FilterContext context)
    {
        context.Budget.Charge(value);
        return value is string text && !isCaseSensitive ? LetterCase.Lower(text) : value;
    }
}
