using System.Numerics;
using System.Runtime.CompilerServices;
using AlignService.Text.Chat.Syntax;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Evaluates expressions.</summary>
internal sealed class ExpressionEvaluator
{
    private readonly RenderBudget _budget;
    private readonly Operators _operators;
    private readonly FilterContext _context;

    public ExpressionEvaluator(RenderBudget budget, TimeProvider clock)
    {
        _budget = budget;
        _operators = new Operators(budget);
        _context = new FilterContext(budget, clock);
    }

    public object Evaluate(Expression expression, Scope scope)
    {
        _budget.Step();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return expression switch
        {
            Constant constant => constant.Value,
            Name name => Variable(name.Identifier, scope),
            Syntax.Attribute attribute => Members.Attribute(Evaluate(attribute.Owner, scope), attribute.Key, _budget),
            Subscript subscript => Members.Item(Evaluate(subscript.Owner, scope), Key(subscript.Key, scope), _budget),
            Call call => Invoke(call, scope),
            FilterUse filter => Filter(filter, Evaluate(filter.Input!, scope), scope),
            TestUse test => Tests.ByName[test.Test](Charged(Evaluate(test.Input, scope)), Arguments(test.Arguments, scope), _budget),
            Comparison comparison => Compare(comparison, scope),
            Choice choice => Choose(choice, scope),
            Conditional conditional => Choose(conditional, scope),
            Unary unary => Operators.Unary(unary.Sign, Evaluate(unary.Operand, scope)),
            Binary binary => Compute(binary, scope),
            Concatenation concatenation => _budget.Join(concatenation.Parts.Select(part => _budget.Print(Evaluate(part, scope))), ""),
            ListOf list => Sequence.List(All(list.Items, scope)),
            TupleOf tuple => Sequence.Tuple(All(tuple.Items, scope)),
            MappingOf mapping => MakeMapping(mapping, scope),
            _ => throw new TemplateFault("a slice is not a value"),
        };
    }

    /// <summary>The filters of a block, the first of which takes the block's text.</summary>
    public object EvaluateOnBlock(Expression filters, string text, Scope scope)
    {
        var filter = (FilterUse)filters;
        return Filter(filter, filter.Input is null ? text : EvaluateOnBlock(filter.Input, text, scope), scope);
    }

    private object Variable(string name, Scope scope)
    {
        object value = scope.Find(name);
        return value is Undefined && Functions.ByName.TryGetValue(name, out Func<Arguments, FilterContext, object>? function)
            ? new Function(name, arguments => function(arguments, _context))
            : value;
    }

    private List<object> All(IReadOnlyList<Expression> expressions, Scope scope)
    {
        var values = new List<object>(expressions.Count);
        foreach (Expression expression in expressions)
        {
            values.Add(Evaluate(expression, scope));
        }

        return values;
    }

    private Arguments Arguments(ArgumentList arguments, Scope scope) =>
        new([.. All(arguments.Positional, scope).Select(Charged)], [.. arguments.Named.Select(argument => (argument.Name, Charged(Evaluate(argument.Value, scope))))]);

    private object Filter(FilterUse filter, object input, Scope scope) =>
        Filters.ByName[filter.Filter](Charged(input), Arguments(filter.Arguments, scope), _context);

    /// <summary>What goes through a text or number goes through all of it; filters of lists count items themselves.</summary>
    private object Charged(object value)
    {
        if (value is string or BigInteger)
        {
            _budget.Charge(value);
        }

        return value;
    }

    /// <summary>A call with one more argument.</summary>
    public object InvokeWith(Call call, (string Name, object Value) argument, Scope scope) => Invoke(call, scope, argument);

    private object Invoke(Call call, Scope scope, params ReadOnlySpan<(string Name, object Value)> more)
    {
        object callee = Evaluate(call.Callee, scope);
        Arguments arguments = Arguments(call.Arguments, scope);
        arguments = more.IsEmpty ? arguments : arguments with { Named = [.. arguments.Named, .. more] };
        return callee switch
        {
            Function function => function.Invoke(arguments),
            Undefined undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"a {TypeNames.Of(callee)} cannot be called"),
        };
    }

    private object Key(Expression key, Scope scope)
    {
        if (key is not SliceKey slice)
        {
            return Evaluate(key, scope);
        }

        object Part(Expression? part) => part is null ? None.Value : Evaluate(part, scope);
        return new Slice(Part(slice.Start), Part(slice.Stop), Part(slice.Step));
    }

    private object Compare(Comparison comparison, Scope scope)
    {
        object left = Evaluate(comparison.First, scope);
        foreach ((string sign, Expression operand) in comparison.Rest)
        {
            object right = Evaluate(operand, scope);
            if (!_operators.Compare(sign, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private object Choose(Choice choice, Scope scope)
    {
        object left = Evaluate(choice.Left, scope);
        return Truth.Of(left) == choice.IsAnd ? Evaluate(choice.Right, scope) : left;
    }

    private object Choose(Conditional conditional, Scope scope)
    {
        if (Truth.Of(Evaluate(conditional.Test, scope)))
        {
            return Evaluate(conditional.Then, scope);
        }

        return conditional.Else is { } otherwise ? Evaluate(otherwise, scope) : new Undefined("an inline if without else was false");
    }

    private object Compute(Binary binary, Scope scope)
    {
        object left = Evaluate(binary.Left, scope);
        object right = Evaluate(binary.Right, scope);
        return binary.Sign == "+" && SafeText.Escapes(binary) ? SafeText.Join(binary, left, right) : _operators.Binary(binary.Sign, left, right);
    }

    private Mapping MakeMapping(MappingOf expression, Scope scope)
    {
        var mapping = new Mapping();
        foreach ((Expression key, Expression value) in expression.Pairs)
        {
            object name = Evaluate(key, scope);
            _budget.Charge(name);
            mapping[name] = Evaluate(value, scope);
        }

        return mapping;
    }
}
