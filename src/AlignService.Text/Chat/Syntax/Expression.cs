namespace AlignService.Text.Chat.Syntax;

/// <summary>An expression.</summary>
/// <param name="Line">Line of the template, from 1.</param>
internal abstract record Expression(int Line);

internal sealed record Constant(int Line, object Value) : Expression(Line);

internal sealed record Name(int Line, string Identifier) : Expression(Line);

internal sealed record ListOf(int Line, IReadOnlyList<Expression> Items) : Expression(Line);

internal sealed record TupleOf(int Line, IReadOnlyList<Expression> Items) : Expression(Line);

internal sealed record MappingOf(int Line, IReadOnlyList<(Expression Key, Expression Value)> Pairs) : Expression(Line);

/// <param name="Sign"><c>-</c>, <c>+</c> or <c>not</c>.</param>
internal sealed record Unary(int Line, string Sign, Expression Operand) : Expression(Line);

/// <param name="Sign">An arithmetic sign.</param>
internal sealed record Binary(int Line, string Sign, Expression Left, Expression Right) : Expression(Line);

/// <summary><c>and</c> or <c>or</c>: returns one of the operands, not a boolean.</summary>
internal sealed record Choice(int Line, bool IsAnd, Expression Left, Expression Right) : Expression(Line);

/// <summary>Operands joined as text by <c>~</c>.</summary>
internal sealed record Concatenation(int Line, IReadOnlyList<Expression> Parts) : Expression(Line);

/// <summary>A chain of comparisons, as in <c>1 &lt; x &lt;= 5</c>.</summary>
internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Sign, Expression Operand)> Rest) : Expression(Line);

internal sealed record Conditional(int Line, Expression Test, Expression Then, Expression? Else) : Expression(Line);

internal sealed record Attribute(int Line, Expression Owner, string Key) : Expression(Line);

internal sealed record Subscript(int Line, Expression Owner, Expression Key) : Expression(Line);

internal sealed record SliceKey(int Line, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

internal sealed record Call(int Line, Expression Callee, ArgumentList Arguments) : Expression(Line);

/// <param name="Input">Null in front of the first filter of a block: the block's text.</param>
internal sealed record FilterUse(int Line, Expression? Input, string Filter, ArgumentList Arguments) : Expression(Line);

internal sealed record TestUse(int Line, Expression Input, string Test, ArgumentList Arguments) : Expression(Line);

internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList Empty { get; } = new([], []);
}
