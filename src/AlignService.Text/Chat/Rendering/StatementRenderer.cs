using System.Runtime.CompilerServices;
using AlignService.Text.Chat.Syntax;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Runs the statements of a template.</summary>
internal sealed class StatementRenderer
{
    private const string Caller = KnownNames.Caller;

    private readonly RenderBudget _budget;
    private readonly RenderOutput _output;
    private readonly ExpressionEvaluator _expressions;
    private readonly IReadOnlyDictionary<IReadOnlyList<Statement>, IReadOnlyList<string>> _namesSetFirst;

    /// <param name="namesSetFirst">Names that start undefined in a scope, by its statements.</param>
    public StatementRenderer(RenderBudget budget, RenderOutput output, IReadOnlyDictionary<IReadOnlyList<Statement>, IReadOnlyList<string>> namesSetFirst, TimeProvider clock)
    {
        (_budget, _output, _namesSetFirst) = (budget, output, namesSetFirst);
        _expressions = new ExpressionEvaluator(budget, clock);
    }

    /// <summary>How a list of statements ended.</summary>
    private enum Flow
    {
        Through,
        Break,
        Continue,
    }

    /// <summary>Everything that a template can call.</summary>
    public static TemplateNames Names { get; } = new([.. Filters.ByName.Keys], [.. Tests.ByName.Keys], [.. Functions.ByName.Keys], [.. Methods.Known], Methods.IsKnown);

    /// <summary>The current line, for errors.</summary>
    public int Line { get; private set; } = 1;

    public void Render(IReadOnlyList<Statement> statements, Scope scope) => RunScope(statements, scope);

    /// <summary>Runs statements in a new scope.</summary>
    private Flow RunScope(IReadOnlyList<Statement> statements, Scope scope)
    {
        foreach (string name in _namesSetFirst.GetValueOrDefault(statements, []))
        {
            scope[name] = new Undefined($"'{name}' is undefined");
        }

        return Run(statements, scope);
    }

    private Flow Run(IReadOnlyList<Statement> statements, Scope scope)
    {
        foreach (Statement statement in statements)
        {
            Flow flow = Run(statement, scope);
            if (flow != Flow.Through)
            {
                return flow;
            }
        }

        return Flow.Through;
    }

    private Flow Run(Statement statement, Scope scope)
    {
        _budget.Step();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Line = statement.Line;
        switch (statement)
        {
            case TextOutput text:
                _output.Write(text.Text);
                return Flow.Through;
            case ValueOutput value:
                _output.Write(_budget.Print(Evaluate(value.Value, scope)));
                return Flow.Through;
            case IfStatement choice:
                return RunIf(choice, scope);
            case ForStatement loop:
                return RunFor(loop, scope);
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                return Flow.Through;
            case SetBlock block:
                return SetFromBlock(block, scope);
            case FilterBlock block:
                return WriteFiltered(block, scope);
            case CallBlock call:
                _output.Write(CallWithBody(call, scope));
                return Flow.Through;
            case MacroStatement macro:
                scope[macro.Name] = new Function(macro.Name, arguments => CallMacro(macro, arguments, scope));
                return Flow.Through;
            case GenerationBlock generation:
                _output.WriteGenerated(_output.Capture(() => RunScope(generation.Body, new Scope(scope))));
                return Flow.Through;
            case BreakStatement:
                return Flow.Break;
            default:
                return Flow.Continue;
        }
    }

    private object Evaluate(Expression expression, Scope scope)
    {
        Line = expression.Line;
        return _expressions.Evaluate(expression, scope);
    }

    private Flow RunIf(IfStatement choice, Scope scope)
    {
        foreach ((Expression test, IReadOnlyList<Statement> body) in choice.Branches)
        {
            if (Truth.Of(Evaluate(test, scope)))
            {
                return Run(body, scope);
            }
        }

        return Run(choice.Otherwise, scope);
    }

    private Flow RunFor(ForStatement loop, Scope scope)
    {
        object value = Evaluate(loop.Items, scope);
        IEnumerable<object> items = Iteration.Over(value);
        using LoopState state = loop.Filter is { } filter ? new(Filtered(items, loop.Target, filter, scope), count: null) : new(items, value is Sequence or Mapping ? Iteration.TryLength(value) : null);

        // As in Jinja, "else" runs unless one turn has reached the end of the body: "break" and "continue" keep it from that.
        bool anyCompleted = false;
        while (state.MoveNext())
        {
            _budget.Step();
            Scope inner = ScopeOf(loop.Target, state.Current, scope);
            inner["loop"] = state;
            Flow flow = RunScope(loop.Body, inner);
            anyCompleted |= flow == Flow.Through;
            if (flow == Flow.Break)
            {
                break;
            }
        }

        return anyCompleted ? Flow.Through : RunScope(loop.Otherwise, new Scope(scope));
    }

    private IEnumerable<object> Filtered(IEnumerable<object> items, AssignmentTarget target, Expression filter, Scope scope)
    {
        foreach (object item in items)
        {
            _budget.Step();
            if (Truth.Of(Evaluate(filter, ScopeOf(target, item, scope))))
            {
                yield return item;
            }
        }
    }

    private static Scope ScopeOf(AssignmentTarget target, object item, Scope around)
    {
        var scope = new Scope(around);
        Assign(target, item, scope);
        return scope;
    }

    private Flow SetFromBlock(SetBlock block, Scope scope)
    {
        Flow flow = RunBlock(block.Body, block.Filter, scope, out object value);
        if (flow == Flow.Through)
        {
            Assign(block.Target, value, scope);
        }

        return flow;
    }

    private Flow WriteFiltered(FilterBlock block, Scope scope)
    {
        Flow flow = RunBlock(block.Body, block.Filter, scope, out object value);
        if (flow == Flow.Through)
        {
            _output.Write(value as string ?? throw new TemplateFault($"the filter of a block gives a {TypeNames.Of(value)}; it must give a string"));
        }

        return flow;
    }

    /// <summary>The text of a block, filtered; nothing where a break or continue leaves the block.</summary>
    private Flow RunBlock(IReadOnlyList<Statement> body, Expression? filter, Scope scope, out object value)
    {
        var inner = new Scope(scope);
        Flow flow = Flow.Through;
        value = _budget.Text(_output.Capture(() => flow = RunScope(body, inner)));
        if (flow == Flow.Through && filter is not null)
        {
            Line = filter.Line;
            value = _expressions.EvaluateOnBlock(filter, (string)value, inner);
        }

        return flow;
    }

    private string CallWithBody(CallBlock call, Scope scope)
    {
        Line = call.Line;
        var body = new Function(Caller, arguments => CallMacro(call.Body, arguments, scope));
        object value = _expressions.InvokeWith(call.Call, (Caller, body), scope);
        return value as string ?? throw new TemplateFault($"what 'call' calls gives a {TypeNames.Of(value)}; it must give a string");
    }

    private static void Assign(AssignmentTarget target, object value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope[name.Name] = value;
                break;
            case NamespaceTarget attribute:
                Namespace names = scope.Find(attribute.Namespace) as Namespace
                    ?? throw new TemplateFault($"'{attribute.Namespace}' is not a namespace(), so its attribute '{attribute.Attribute}' cannot be set");
                names.Attributes[attribute.Attribute] = value;
                break;
            case TupleTarget tuple:
                List<object> values = [.. Iteration.Over(value)];
                if (values.Count != tuple.Targets.Count)
                {
                    throw new TemplateFault($"cannot assign {values.Count} values to {tuple.Targets.Count} names");
                }

                for (int i = 0; i < values.Count; i++)
                {
                    Assign(tuple.Targets[i], values[i], scope);
                }

                break;
        }
    }

    private object CallMacro(MacroStatement macro, Arguments arguments, Scope definedIn)
    {
        int line = Line;
        _budget.Enter();
        var scope = new Scope(definedIn);
        if (macro.ReadsCaller && macro.Parameters.All(parameter => parameter.Name != Caller))
        {
            int given = arguments.Named.ToList().FindIndex(argument => argument.Name == Caller);
            scope[Caller] = given < 0 ? new Undefined("no caller is given") : arguments.Named[given].Value;
            arguments = given < 0 ? arguments : arguments with { Named = [.. arguments.Named.Where(argument => argument.Name != Caller)] };
        }

        _budget.Step((long)arguments.Named.Count * macro.Parameters.Count);
        object?[] values = arguments.Bind($"the macro '{macro.Name}'", [.. macro.Parameters.Select(parameter => parameter.Name)]);
        for (int i = 0; i < values.Length; i++)
        {
            string name = macro.Parameters[i].Name;
            scope[name] = values[i] ?? new Undefined($"the parameter '{name}' was not given");
        }

        // As in Jinja, a default sees the parameters, not what bears their names outside.
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is null && macro.Parameters[i].Default is { } absent)
            {
                scope[macro.Parameters[i].Name] = Evaluate(absent, scope);
            }
        }

        string text = _output.Capture(() => RunScope(macro.Body, scope));
        _budget.Leave();
        Line = line;
        return _budget.Text(text);
    }
}
