namespace AlignService.Text.Chat.Syntax;

/// <summary>
/// Names that a scope (the template, the body of a loop, a macro or a block) sets unconditionally before it reads them itself, and that no enclosing scope mentions. In Jinja such a name belongs to the
/// scope from its start: a macro, loop or block in it before the assignment, or a block that computes the value, finds the name undefined, even if a variable of that name was given.
/// </summary>
internal sealed class NamesSetFirst
{
    private readonly Dictionary<IReadOnlyList<Statement>, IReadOnlyList<string>> _found = new(ReferenceEqualityComparer.Instance);

    private NamesSetFirst()
    {
    }

    /// <summary>The names of each scope that has any, by its statements.</summary>
    internal static IReadOnlyDictionary<IReadOnlyList<Statement>, IReadOnlyList<string>> Of(IReadOnlyList<Statement> template)
    {
        var names = new NamesSetFirst();
        names.Analyse(template, new ScopeNames(around: null));
        return names._found;
    }

    /// <summary>A scope is analyzed completely before those inside it.</summary>
    private void Analyse(IReadOnlyList<Statement> scope, ScopeNames names)
    {
        Visit(scope, names, conditional: false);
        if (names.SetFirst is { Count: > 0 } first)
        {
            _found.Add(scope, first);
        }

        AnalyseInner(scope, names);
    }

    private void AnalyseInner(IReadOnlyList<Statement> statements, ScopeNames around)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case IfStatement choice:
                    foreach ((_, IReadOnlyList<Statement> body) in choice.Branches)
                    {
                        AnalyseInner(body, around);
                    }

                    AnalyseInner(choice.Otherwise, around);
                    break;
                case ForStatement loop:
                    Analyse(loop.Body, new ScopeNames(around).Declare(TargetNames(loop.Target).Append("loop")));
                    Analyse(loop.Otherwise, new ScopeNames(around));
                    break;
                case MacroStatement macro:
                    Analyse(macro.Body, new ScopeNames(around).Declare(macro.Parameters.Select(parameter => parameter.Name)).Read(macro.Parameters.SelectMany(parameter => Names(parameter.Default))));
                    break;
                case CallBlock call:
                    Analyse(call.Body.Body, new ScopeNames(around).Declare(call.Body.Parameters.Select(parameter => parameter.Name)).Read(call.Body.Parameters.SelectMany(parameter => Names(parameter.Default))));
                    break;
                case FilterBlock block:
                    Analyse(block.Body, new ScopeNames(around).Read(Names(block.Filter)));
                    break;
                case SetBlock block:
                    Analyse(block.Body, new ScopeNames(around));
                    break;
                case GenerationBlock generation:
                    Analyse(generation.Body, new ScopeNames(around));
                    break;
            }
        }
    }

    /// <summary>In Jinja's order; bodies of loops, macros and blocks have their own scope.</summary>
    private static void Visit(IReadOnlyList<Statement> statements, ScopeNames names, bool conditional)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case ValueOutput output:
                    names.Read(Names(output.Value));
                    break;
                case IfStatement choice:
                    foreach ((Expression test, IReadOnlyList<Statement> body) in choice.Branches)
                    {
                        names.Read(Names(test));
                        Visit(body, names, conditional: true);
                    }

                    Visit(choice.Otherwise, names, conditional: true);
                    break;
                case ForStatement loop:
                    names.Read(Names(loop.Items));
                    break;
                case SetStatement set:
                    names.Read(Names(set.Value));
                    Set(set.Target, names, conditional);
                    break;
                case SetBlock block:
                    Set(block.Target, names, conditional);
                    break;
                case MacroStatement macro:
                    names.Set(macro.Name, conditional);
                    break;
                case CallBlock call:
                    names.Read(Names(call.Call));
                    break;
                case FilterBlock block:
                    names.Read(Names(block.Filter));
                    break;
            }
        }
    }

    private static void Set(AssignmentTarget target, ScopeNames names, bool conditional)
    {
        switch (target)
        {
            case NameTarget name:
                names.Set(name.Name, conditional);
                break;
            case NamespaceTarget attribute:
                names.Read([attribute.Namespace]);
                break;
            case TupleTarget tuple:
                foreach (AssignmentTarget part in tuple.Targets)
                {
                    Set(part, names, conditional);
                }

                break;
        }
    }

    private static IEnumerable<string> TargetNames(AssignmentTarget target) => target switch
    {
        NameTarget name => [name.Name],
        TupleTarget tuple => tuple.Targets.SelectMany(TargetNames),
        _ => [],
    };

    /// <summary>Names that an expression reads.</summary>
    private static IEnumerable<string> Names(Expression? expression) =>
        (expression is Name name ? [name.Identifier] : Enumerable.Empty<string>()).Concat(Parts(expression).SelectMany(Names));

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

/// <summary>What Jinja's analysis knows about the names in one scope of a template.</summary>
/// <param name="around">The enclosing scope, already analyzed; null: the template's own.</param>
internal sealed class ScopeNames(ScopeNames? around)
{
    /// <summary>The names mentioned so far, and whether each starts undefined.</summary>
    private readonly Dictionary<string, bool> _mentioned = new(StringComparer.Ordinal);

    /// <summary>Names that are set unconditionally before they are read.</summary>
    internal IReadOnlyList<string> SetFirst => [.. _mentioned.Where(entry => entry.Value).Select(entry => entry.Key)];

    /// <summary>Adds names that have a value from the start, such as parameters.</summary>
    internal ScopeNames Declare(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            _mentioned[name] = false;
        }

        return this;
    }

    internal ScopeNames Read(IEnumerable<string> names)
    {
        foreach (string name in names.Where(name => !Knows(name)))
        {
            _mentioned[name] = false;
        }

        return this;
    }

    /// <param name="name">The name that is set here.</param>
    /// <param name="conditional">Whether it is only set in some branches, so it may come from outside.</param>
    internal void Set(string name, bool conditional) => _mentioned.TryAdd(name, !conditional && around?.Knows(name) != true);

    private bool Knows(string name) => _mentioned.ContainsKey(name) || around?.Knows(name) == true;
}
