using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The functions of the environment.</summary>
internal static class Functions
{
    private const int LongestRange = 100_000;

    public static IReadOnlyDictionary<string, Func<Arguments, FilterContext, object>> ByName { get; } =
        new Dictionary<string, Func<Arguments, FilterContext, object>>
        {
            ["raise_exception"] = (arguments, _) =>
                throw new TemplateRefusal(ValueText.Print(arguments.RequireOne("raise_exception", "message"))),
            ["strftime_now"] = (arguments, context) =>
                TimeFormat.Write(context.Clock.GetLocalNow(), Given.Text(arguments.RequireOne("strftime_now", "format"), "strftime_now")),
            ["namespace"] = MakeNamespace,
            ["dict"] = (arguments, _) => Filled(new Mapping(), arguments, "dict"),
            ["range"] = Range,
        };

    private static Namespace MakeNamespace(Arguments arguments, FilterContext context)
    {
        var names = new Namespace();
        Filled(names.Attributes, arguments, "namespace");
        return names;
    }

    private static Mapping Filled(Mapping mapping, Arguments arguments, string function)
    {
        if (arguments.Positional.Count > 1)
        {
            throw new TemplateFault($"{function} takes at most one positional argument");
        }

        foreach (object source in arguments.Positional)
        {
            foreach ((object key, object value) in Given.Mapping(source, function).Entries)
            {
                mapping[key] = value;
            }
        }

        foreach ((string name, object value) in arguments.Named)
        {
            mapping[name] = value;
        }

        return mapping;
    }

    private static Sequence Range(Arguments arguments, FilterContext context)
    {
        BigInteger[] bounds = [.. arguments.Positional.Select(bound => Given.Integer(bound, "range"))];
        if (bounds.Length is < 1 or > 3 || arguments.Named.Count > 0)
        {
            throw new TemplateFault("range takes one, two or three integers");
        }

        BigInteger start = bounds.Length == 1 ? 0 : bounds[0];
        BigInteger stop = bounds.Length == 1 ? bounds[0] : bounds[1];
        BigInteger step = bounds.Length == 3 ? bounds[2] : 1;
        if (step.IsZero)
        {
            throw new TemplateFault("the step of a range is 0");
        }

        BigInteger distance = step.Sign > 0 ? stop - start : start - stop;
        BigInteger count = distance.Sign <= 0 ? 0 : ((distance - 1) / BigInteger.Abs(step)) + 1;
        if (count > LongestRange)
        {
            throw new TemplateFault($"a range of more than {LongestRange} items is not allowed");
        }

        context.Budget.Step((long)count);
        return new Sequence(SequenceKind.Range, [.. Enumerable.Range(0, (int)count).Select(index => (object)(start + (step * index)))]);
    }
}
