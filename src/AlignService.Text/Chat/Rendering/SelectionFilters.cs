using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Filters that apply another filter or a test to every item. Results are lazy.</summary>
internal static class SelectionFilters
{
    public static IEnumerable<KeyValuePair<string, Func<object, Arguments, FilterContext, object>>> All =>
    [
        new("map", Map),
        new("select", (value, arguments, context) => Select(value, arguments, context, byAttribute: false, wanted: true)),
        new("reject", (value, arguments, context) => Select(value, arguments, context, byAttribute: false, wanted: false)),
        new("selectattr", (value, arguments, context) => Select(value, arguments, context, byAttribute: true, wanted: true)),
        new("rejectattr", (value, arguments, context) => Select(value, arguments, context, byAttribute: true, wanted: false)),
    ];

    private static object Map(object value, Arguments arguments, FilterContext context) =>
        new LazySequence(Lazily(value, context, () => Mapping(arguments, context), (item, map) => [map(item)]));

    private static Func<object, object> Mapping(Arguments arguments, FilterContext context)
    {
        if (arguments.Positional.Count == 0)
        {
            object?[] given = arguments.Bind("map", "attribute", "default");
            AttributePath path = AttributePath.Of(given[0] ?? throw new TemplateFault("map requires a filter or an attribute"));
            return item => path.Find(item, context.Budget, given[1]);
        }

        string name = Given.Text(arguments.Positional[0], "map");
        if (!Filters.ByName.TryGetValue(name, out Func<object, Arguments, FilterContext, object>? filter))
        {
            throw new TemplateFault($"the filter '{name}' does not exist");
        }

        Arguments rest = arguments with { Positional = [.. arguments.Positional.Skip(1)] };
        return item => filter(Charged(item, context), rest, context);
    }

    private static object Charged(object item, FilterContext context)
    {
        context.Budget.Charge(item is string or BigInteger ? item : 0);
        return item;
    }

    private static object Select(object value, Arguments arguments, FilterContext context, bool byAttribute, bool wanted) =>
        new LazySequence(Lazily(
            value,
            context,
            () => Condition(arguments, context, byAttribute),
            (item, test) => Truth.Of(test(item)) == wanted ? [item] : []));

    private static Func<object, object> Condition(Arguments arguments, FilterContext context, bool byAttribute)
    {
        Func<object, object> find = item => item;
        List<object> rest = [.. arguments.Positional];
        if (byAttribute)
        {
            AttributePath path = AttributePath.Of(rest.Count > 0 ? rest[0] : throw new TemplateFault("an attribute name is missing"));
            find = item => path.Find(item, context.Budget);
            rest.RemoveAt(0);
        }

        if (rest.Count == 0)
        {
            return find;
        }

        string name = Given.Text(rest[0], "select");
        if (!Tests.ByName.TryGetValue(name, out Func<object, Arguments, RenderBudget, object>? test))
        {
            throw new TemplateFault($"the test '{name}' does not exist");
        }

        Arguments testArguments = arguments with { Positional = rest[1..] };
        return item => test(Charged(find(item), context), testArguments, context.Budget);
    }

    // Nothing is looked at, the arguments included, before the first item is wanted, and of a value that is false nothing at all.
    private static IEnumerable<object> Lazily(
        object value, FilterContext context, Func<Func<object, object>> prepare, Func<object, Func<object, object>, object[]> apply)
    {
        if (!Truth.Of(value))
        {
            yield break;
        }

        Func<object, object> function = prepare();
        foreach (object item in Iteration.Over(value))
        {
            context.Budget.Step();
            foreach (object result in apply(item, function))
            {
                yield return result;
            }
        }
    }
}
