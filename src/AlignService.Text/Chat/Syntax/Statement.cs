namespace AlignService.Text.Chat.Syntax;

/// <summary>A statement of the template.</summary>
internal abstract record Statement(int Line);

internal sealed record TextOutput(int Line, string Text) : Statement(Line);

internal sealed record ValueOutput(int Line, Expression Value) : Statement(Line);

internal sealed record IfStatement(int Line, IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Otherwise)
    : Statement(Line);

internal sealed record ForStatement(int Line, AssignmentTarget Target, Expression Items, Expression? Filter) : Statement(Line)
{
    public required IReadOnlyList<Statement> Body { get; init; }

    public required IReadOnlyList<Statement> Otherwise { get; init; }
}

internal sealed record SetStatement(int Line, AssignmentTarget Target, Expression Value) : Statement(Line);

/// <param name="Filter">Filters for the text of the block; null: none.</param>
internal sealed record SetBlock(int Line, AssignmentTarget Target, Expression? Filter, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record FilterBlock(int Line, Expression Filter, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record MacroStatement(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body)
    : Statement(Line)
{
    /// <summary>Whether it reads <c>caller</c>, and so may be called by a call block.</summary>
    public bool ReadsCaller { get; init; }
}

/// <param name="Line">Of the tag.</param>
/// <param name="Call">What is called, with the body as its <c>caller</c>.</param>
/// <param name="Body">A macro of its own.</param>
internal sealed record CallBlock(int Line, Call Call, MacroStatement Body) : Statement(Line);

internal sealed record GenerationBlock(int Line, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record BreakStatement(int Line) : Statement(Line);

internal sealed record ContinueStatement(int Line) : Statement(Line);

/// <summary>The target of an assignment.</summary>
internal abstract record AssignmentTarget(int Line);

internal sealed record NameTarget(int Line, string Name) : AssignmentTarget(Line);

internal sealed record NamespaceTarget(int Line, string Namespace, string Attribute) : AssignmentTarget(Line);

internal sealed record TupleTarget(int Line, IReadOnlyList<AssignmentTarget> Targets) : AssignmentTarget(Line);

/// <summary>Walks a template.</summary>
internal static class TemplateStatements
{
    /// <summary>The statements and everything nested in them.</summary>
    internal static IEnumerable<Statement> Within(IEnumerable<Statement> statements) =>
        statements.SelectMany(statement => Within(Parts(statement)).Prepend(statement));

    private static IEnumerable<Statement> Parts(Statement statement) => statement switch
    {
        IfStatement choice => choice.Branches.SelectMany(branch => branch.Body).Concat(choice.Otherwise),
        ForStatement loop => loop.Body.Concat(loop.Otherwise),
        SetBlock block => block.Body,
        FilterBlock block => block.Body,
        MacroStatement macro => macro.Body,
        CallBlock call => call.Body.Body,
        GenerationBlock generation => generation.Body,
        _ => [],
    };
}
