using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The key of <c>x[start:stop:step]</c>; none where a part is left out.</summary>
internal sealed record Slice(object Start, object Stop, object Step)
{
    /// <summary>The indices that the slice takes from so many items.</summary>
    public IEnumerable<int> Indices(int count)
    {
        BigInteger step = Step is None ? BigInteger.One : Bound(Step);
        if (step.IsZero)
        {
            throw new TemplateFault("the step of a slice is 0");
        }

        bool forward = step.Sign > 0;
        BigInteger start = Start is None ? (forward ? 0 : count - 1) : Clamped(Bound(Start), count, forward);
        BigInteger stop = Stop is None ? (forward ? count : -1) : Clamped(Bound(Stop), count, forward);
        for (BigInteger index = start; forward ? index < stop : index > stop; index += step)
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
