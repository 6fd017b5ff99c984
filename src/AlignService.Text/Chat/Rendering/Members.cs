using System.Globalization;
using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Attributes and items. <c>x.name</c> finds a method first, then a key; <c>x['name']</c> a key first, then a method.</summary>
internal static class Members
{
    public static object Attribute(object owner, string name, RenderBudget budget) => owner switch
    {
        Undefined undefined => throw undefined.Fault(),
        LoopState loop => loop.Attribute(name),
        Namespace names => names.Attributes.TryGet(name, out object value) ? value : Missing(owner, name),
        _ => Methods.Find(owner, name, budget) ?? (owner is Mapping mapping && mapping.TryGet(name, out object value) ? value : Missing(owner, name)),
    };

    public static object Item(object owner, object key, RenderBudget budget)
    {
        if (owner is Undefined undefined)
        {
            throw undefined.Fault();
        }

        if (Found(owner, key, budget) is { } item)
        {
            return item;
        }

        return key switch
        {
            string name when owner is LoopState or Namespace => Attribute(owner, name, budget),
            string name => Methods.Find(owner, name, budget) ?? Missing(owner, name),
            Slice => throw new TemplateFault($"a {TypeNames.Of(owner)} cannot be sliced"),
            _ => Missing(owner, ValueText.Represent(key)),
        };
    }

    private static object? Found(object owner, object key, RenderBudget budget)
    {
        switch (owner, key)
        {
            case (Mapping mapping, not (Slice or Mapping or Sequence { Kind: SequenceKind.List })):
                budget.Charge(key);
                return mapping.TryGet(key, out object value) ? value : null;
            case (string text, Slice slice):
                budget.Charge(text);
                return Scalars.Pick(text, Counted(slice.Indices(Scalars.Count(text)), budget));
            case (Sequence { IsView: false } sequence, Slice slice):
                return new Sequence(sequence.Kind, [.. Counted(slice.Indices(sequence.Items.Count), budget).Select(index => sequence.Items[index])]);
            case (string text, _) when Numbers.IsInteger(key):
                budget.Charge(text);
                return Place(Numbers.Integer(key), Scalars.Count(text)) is { } at ? Scalars.At(text, at) : null;
            case (Sequence { IsView: false } sequence, _) when Numbers.IsInteger(key):
                return Place(Numbers.Integer(key), sequence.Items.Count) is { } place ? sequence.Items[place] : null;
            default:
                return null;
        }
    }

    /// <summary>Steps as it goes: a slice of a text takes a part of a step for each character.</summary>
    private static IEnumerable<int> Counted(IEnumerable<int> indices, RenderBudget budget)
    {
        const int PerStep = 4;
        int count = 0;
        foreach (int index in indices)
        {
            budget.Step(count++ % PerStep == 0 ? 1 : 0);
            yield return index;
        }
    }

    private static int? Place(BigInteger index, int count)
    {
        BigInteger place = index.Sign < 0 ? index + count : index;
        return place.Sign >= 0 && place < count ? (int)place : null;
    }

    private static Undefined Missing(object owner, string name) => new($"a {TypeNames.Of(owner)} has no '{name}'");
}

/// <summary>The argument <c>attribute</c> of filters: a name, names with dots, or an index.</summary>
internal sealed class AttributePath
{
    private readonly object[] _parts;

    private AttributePath(object[] parts) => _parts = parts;

    public static AttributePath Of(object attribute) => new(attribute is string text
        ? [.. text.Split('.').Select(Part)]
        : attribute is None ? [] : [attribute]);

    /// <summary>The paths of a list with commas; one for anything else.</summary>
    public static AttributePath[] AllOf(object attribute) =>
        attribute is string text ? [.. text.Split(',').Select(part => Of(part))] : [Of(attribute)];

    public object Find(object item, RenderBudget budget, object? absent = null)
    {
        foreach (object part in _parts)
        {
            item = Members.Item(item, part, budget);
            if (item is Undefined && absent is not (null or None))
            {
                item = absent;
            }
        }

        return item;
    }

    private static object Part(string part) =>
        part.Length > 0 && part.All(char.IsAsciiDigit) ? BigInteger.Parse(part, CultureInfo.InvariantCulture) : part;
}

/// <summary>The key of <c>x[start:stop:step]</c>; none where a part is left out.</summary>
internal sealed record Slice(object Start, object Stop, object Step)
{
    /// <summary>The indices that the slice selects from this many items.</summary>
    public IEnumerable<int> Indices(int count)
    {
        BigInteger step = Step is None ? BigInteger.One : Bound(Step);
        if (step.IsZero)
        {
            throw new TemplateFault("the step of a slice is 0");
        }

        bool forward = step.Sign > 0;
        long start = Start is None ? (forward ? 0 : count - 1) : (long)Clamped(Bound(Start), count, forward);
        long stop = Stop is None ? (forward ? count : -1) : (long)Clamped(Bound(Stop), count, forward);
        long stride = (long)BigInteger.Max(-int.MaxValue, BigInteger.Min(int.MaxValue, step)); // longer strides leave a list at once, too
        for (long index = start; forward ? index < stop : index > stop; index += stride)
        {
            yield return (int)index;
        }
    }

    private static BigInteger Clamped(BigInteger bound, int count, bool forward)
    {
        bound = bound.Sign < 0 ? bound + count : bound;
        return BigInteger.Max(forward ? 0 : -1, BigInteger.Min(bound, forward ? count : count - 1));
    }

    private static BigInteger Bound(object value) => Numbers.IsInteger(value)
        ? Numbers.Integer(value)
        : throw (value is Undefined undefined ? undefined.Fault() : new TemplateFault($"a slice's bound is a {TypeNames.Of(value)}; it must be an integer"));
}
