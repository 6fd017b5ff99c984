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

        if (Found(owner, key) is { } item)
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

    private static object? Found(object owner, object key) => (owner, key) switch
    {
        (Mapping mapping, not (Slice or Mapping or Sequence { Kind: SequenceKind.List })) => mapping.TryGet(key, out object value) ? value : null,
        (string text, Slice slice) => string.Concat(Picked(Scalars.Split(text), slice)),
        (Sequence { IsView: false } sequence, Slice slice) => new Sequence(sequence.Kind, Picked(sequence.Items, slice)),
        (string text, _) when Numbers.IsInteger(key) => At(Scalars.Split(text), Numbers.Integer(key)),
        (Sequence { IsView: false } sequence, _) when Numbers.IsInteger(key) => At(sequence.Items, Numbers.Integer(key)),
        _ => null,
    };

    private static List<object> Picked(IReadOnlyList<object> items, Slice slice) => [.. slice.Indices(items.Count).Select(index => items[index])];

    private static object? At(IReadOnlyList<object> items, BigInteger index)
    {
        BigInteger place = index.Sign < 0 ? index + items.Count : index;
        return place.Sign >= 0 && place < items.Count ? items[(int)place] : null;
    }

    private static Undefined Missing(object owner, string name) => new($"a {TypeNames.Of(owner)} has no '{name}'");
}
