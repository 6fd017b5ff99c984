namespace AlignService.Model.Chat.Syntax;

/// <summary>
/// Names that a template sets, without a condition, before it reads them at its root. Jinja takes such a name for the template's own from the start: a macro or a loop that stands
/// before the setting finds it undefined, even where a variable of that name was given.
/// </summary>
internal sealed class NamesSetFirst
{
    private readonly HashSet<string> _mentioned = new(StringComparer.Ordinal);
    private readonly List<string> _found = [];

    private NamesSetFirst()
    {
    }

    internal static IReadOnlyList<string> Of(IReadOnlyList<Statement> template)
    {
        var names = new NamesSetFirst();
        names.Visit(template, conditional: false);
        return names._found;
    }

    /// <summary>In Jinja's order. Bodies of loops, macros and blocks are scopes of their own.</summary>
    private void Visit(IReadOnlyList<Statement> statements, bool conditional)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case ValueOutput output:
                    Read(output.Value);
                    break;
                case IfStatement choice:
                    foreach ((Expression test, IReadOnlyList<Statement> body) in choice.Branches)
                    {
                        Read(test);
                        Visit(body, conditional: true);
                    }

                    Visit(choice.Otherwise, conditional: true);
                    break;
                case ForStatement loop:
                    Read(loop.Items);
                    break;
                case SetStatement set:
                    Read(set.Value);
                    Set(set.Target, conditional);
                    break;
                case SetBlock block:
                    Set(block.Target, conditional);
                    break;
                case MacroStatement macro:
                    Set(macro.Name, conditional);
                    break;
            }
        }
    }

    private void Set(AssignmentTarget target, bool conditional)
    {
        switch (target)
        {
            case NameTarget name:
                Set(name.Name, conditional);
                break;
            case NamespaceTarget attribute:
                _mentioned.Add(attribute.Namespace);
                break;
            case TupleTarget tuple:
                foreach (AssignmentTarget part in tuple.Targets)
                {
                    Set(part, conditional);
                }

                break;
        }
    }

    private void Set(string name, bool conditional)
    {
        if (_mentioned.Add(name) && !conditional)
        {
            _found.Add(name);
        }
    }

    private void Read(Expression? expression)
    {
        if (expression is Name name)
        {
            _mentioned.Add(name.Identifier);
        }

        foreach (Expression part in Parts(expression))
        {
            Read(part);
        }
    }

    private static IEnumerable<Expression> Parts(Expression? expression) => expression switch
    {
        ListOf list => list.Items,
        TupleOf tuple => tuple.Items,
        MappingOf mapping => mapping.Pairs.SelectMany(pair => new[] { pair.Key, pair.Value }),
        Unary unary => [unary.Operand],
        Binary binary => [binary.Left, binary.Right],
        Choice choice => [choice.Left, choice.Right],
        Concatenation concatenation => concatenation.Parts,
        Comparison comparison => comparison.Rest.Select(rest => rest.Operand).Prepend(comparison.First),
        Conditional conditional => Given(conditional.Test, conditional.Then, conditional.Else),
        Attribute attribute => [attribute.Owner],
        Subscript subscript => [subscript.Owner, subscript.Key],
        SliceKey slice => Given(slice.Start, slice.Stop, slice.Step),
        Call call => Parts(call.Arguments).Prepend(call.Callee),
        FilterUse filter => Given(filter.Input).Concat(Parts(filter.Arguments)),
        TestUse test => Parts(test.Arguments).Prepend(test.Input),
        _ => [],
    };

    private static IEnumerable<Expression> Parts(ArgumentList arguments) => arguments.Positional.Concat(arguments.Named.Select(argument => argument.Value));

    private static IEnumerable<Expression> Given(params Expression?[] parts) => parts.OfType<Expression>();
}
