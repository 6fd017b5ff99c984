using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Operators on values of each type; as strict as Python.</summary>
internal sealed class Operators(RenderBudget budget)
{
    private const int LongestList = 1_000_000;

    public static object Unary(string sign, object operand) => operand switch
    {
        _ when sign == "not" => !Truth.Of(operand),
        Undefined undefined => throw undefined.Fault(),
        _ when !Numbers.IsNumber(operand) => throw new TemplateFault($"bad operand type for '{sign}': {TypeNames.Of(operand)}"),
        _ => sign == "-" ? Numbers.Negate(operand) : operand is double ? operand : Numbers.Integer(operand),
    };

    public bool Compare(string sign, object left, object right)
    {
        if (sign is not ("in" or "not in"))
        {
            // Equality and order end with the lesser one.
            budget.Step(Math.Min(ValueWeight.Of(left), ValueWeight.Of(right)) - 1);
        }

        return Holds(sign, left, right);
    }

    private bool Holds(string sign, object left, object right) => sign switch
    {
        "==" => ValueEquality.Same(left, right),
        "!=" => !ValueEquality.Same(left, right),
        "in" => Contains(right, left),
        "not in" => !Contains(right, left),
        _ => ValueOrder.Holds(sign, left, right),
    };

    public bool Contains(object container, object item)
    {
        budget.Charge(container is Mapping ? item : container);
        return container switch
        {
            string text => item is string part
                ? TextSearch.Contains(text, part)
                : throw new TemplateFault($"a {TypeNames.Of(item)} cannot be in a string"),
            Mapping mapping => mapping.Has(item),
            _ => Counted(Iteration.Over(container)).Any(member => ValueEquality.Same(member, item)),
        };
    }

    public object Binary(string sign, object left, object right)
    {
        if ((left as Undefined ?? right as Undefined) is { } undefined)
        {
            throw undefined.Fault();
        }

        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            if (left is BigInteger first && right is BigInteger second)
            {
                budget.Step(ValueWeight.OfArithmetic(sign, first, second));
            }

            return Numbers.Compute(sign, left, right);
        }

        return sign switch
        {
            "+" => Add(left, right),
            "*" when Numbers.IsInteger(right) => Repeat(left, Numbers.Integer(right)),
            "*" when Numbers.IsInteger(left) => Repeat(right, Numbers.Integer(left)),
            "%" when left is string => throw new TemplateFault("formatting a string with '%' is not supported"),
            _ => throw Unfit(sign, left, right),
        };
    }

    private object Add(object left, object right)
    {
        if (left is string first && right is string second)
        {
            budget.Length((long)first.Length + second.Length);
            return first + second;
        }

        if (left is Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } a && right is Sequence b && a.Kind == b.Kind)
        {
            budget.Items((long)a.Items.Count + b.Items.Count);
            return new Sequence(a.Kind, [.. a.Items, .. b.Items]);
        }

        throw Unfit("+", left, right);
    }

    private object Repeat(object value, BigInteger count)
    {
        count = BigInteger.Max(count, 0);
        if (value is string text)
        {
            budget.Length((long)BigInteger.Min(count * text.Length, long.MaxValue));
            return text.Length == 0 ? text : string.Concat(Enumerable.Repeat(text, (int)count));
        }

        if (value is Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } sequence)
        {
            BigInteger length = count * sequence.Items.Count;
            if (length > LongestList)
            {
                throw new TemplateFault($"a list of more than {LongestList} items is not allowed");
            }

            budget.Step((long)length);
            return new Sequence(sequence.Kind, length.IsZero ? [] : [.. Enumerable.Repeat(sequence.Items, (int)count).SelectMany(items => items)]);
        }

        throw Unfit("*", value, count);
    }

    private IEnumerable<object> Counted(IEnumerable<object> items)
    {
        foreach (object item in items)
        {
            budget.Step();
            yield return item;
        }
    }

    private static TemplateFault Unfit(string sign, object left, object right) =>
        new($"'{sign}' is not supported between a {TypeNames.Of(left)} and a {TypeNames.Of(right)}");
}

/// <summary>Truth of values: as in Python, all except false, none, zero, and empty or undefined values are true.</summary>
internal static class Truth
{
    public static bool Of(object value) => value switch
    {
        bool flag => flag,
        string text => text.Length > 0,
        BigInteger integer => !integer.IsZero,
        double number => number != 0,
        None or Undefined => false,
        Sequence sequence => sequence.Items.Count > 0,
        Mapping mapping => mapping.Count > 0,
        LoopState loop => loop.Count > 0,
        _ => true,
    };
}
