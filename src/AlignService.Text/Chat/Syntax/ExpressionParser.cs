namespace AlignService.Text.Chat.Syntax;

/// <summary>Reads expressions by Jinja's grammar, from the loosest operator (the inline if) to the tightest (filters and calls).</summary>
internal sealed class ExpressionParser(TokenStream tokens, KnownNames known)
{
    private const int DeepestNesting = 60;

    // So many signs, operators, attributes or filters in a row are no template of this world.
    private const int LongestChain = 300;

    private static readonly string[] ComparisonSigns = ["==", "!=", "<", "<=", ">", ">="];

    private readonly PrimaryParser _primary = new(tokens, known);
    private int _depth;

    /// <summary>Counts the parts of a chain, which must not be too long.</summary>
    public void Link(ref int count)
    {
        if (++count > LongestChain)
        {
            throw TemplateSyntax.Wrong(tokens.Line, $"an expression has more than {LongestChain} parts in a row");
        }
    }

    /// <summary>One expression, or several separated by commas, which form a tuple.</summary>
    public Expression Tuple(bool withConditional = true)
    {
        int line = tokens.Line;
        Expression first = withConditional ? Expression() : Or();
        if (!tokens.Current.IsOperator(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (tokens.TakeOperator(",") && !EndsTuple())
        {
            items.Add(withConditional ? Expression() : Or());
        }

        return new TupleOf(line, items);
    }

    public Expression Expression()
    {
        if (++_depth > DeepestNesting)
        {
            throw TemplateSyntax.Wrong(tokens.Line, $"expressions are nested deeper than {DeepestNesting}");
        }

        int line = tokens.Line;
        int links = 0;
        Expression value = Or();
        while (tokens.TakeName("if"))
        {
            Link(ref links);
            Expression test = Or();
            Expression? otherwise = tokens.TakeName("else") ? Expression() : null;
            value = new Conditional(line, test, value, otherwise);
            line = tokens.Line;
        }

        _depth--;
        return value;
    }

    /// <summary>The filters after a vertical bar, applied to a block's text.</summary>
    public Expression? BlockFilters() => tokens.Current.IsOperator("|") ? _primary.Filters(null, this) : null;

    /// <summary>The filters of a filter tag: the first without a vertical bar.</summary>
    public Expression TagFilters() => _primary.Filters(_primary.Filter(null, this), this);

    public Expression Or()
    {
        int links = 0;
        Expression left = And();
        while (tokens.Current.IsName("or"))
        {
            Link(ref links);
            int line = tokens.Take().Line;
            left = new Choice(line, IsAnd: false, left, And());
        }

        return left;
    }

    private bool EndsTuple() =>
        tokens.Current.Kind is TemplateTokenKind.BlockEnd or TemplateTokenKind.OutputEnd || tokens.Current.IsOperator(")") || tokens.Current.IsName("in");

    private Expression And()
    {
        int links = 0;
        Expression left = Not();
        while (tokens.Current.IsName("and"))
        {
            Link(ref links);
            int line = tokens.Take().Line;
            left = new Choice(line, IsAnd: true, left, Not());
        }

        return left;
    }

    private Expression Not()
    {
        int links = 0;
        var lines = new Stack<int>();
        while (tokens.Current.IsName("not"))
        {
            Link(ref links);
            lines.Push(tokens.Take().Line);
        }

        Expression value = Compare();
        while (lines.TryPop(out int line))
        {
            value = new Unary(line, "not", value);
        }

        return value;
    }

    private Expression Compare()
    {
        int line = tokens.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (ComparisonSign() is { } sign)
        {
            rest.Add((sign, Sum()));
        }

        return rest.Count == 0 ? first : new Comparison(line, first, rest);
    }

    private string? ComparisonSign()
    {
        if (tokens.Current.Kind == TemplateTokenKind.Operator && ComparisonSigns.Contains(tokens.Current.Text))
        {
            return tokens.Take().Text;
        }

        if (tokens.TakeName("in"))
        {
            return "in";
        }

        if (tokens.Current.IsName("not") && tokens.Next.IsName("in"))
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }

        return null;
    }

    private Expression Sum() => LeftToRight(Concatenated, "+", "-");

    private Expression Concatenated()
    {
        int line = tokens.Line;
        List<Expression> parts = [Product()];
        while (tokens.TakeOperator("~"))
        {
            parts.Add(Product());
        }

        return parts.Count == 1 ? parts[0] : new Concatenation(line, parts);
    }

    private Expression Product() => LeftToRight(Power, "*", "/", "//", "%");

    private Expression Power() => LeftToRight(SignedOperand, "**");

    private Expression LeftToRight(Func<Expression> operand, params string[] signs)
    {
        int links = 0;
        Expression left = operand();
        while (tokens.Current.Kind == TemplateTokenKind.Operator && signs.Contains(tokens.Current.Text))
        {
            Link(ref links);
            TemplateToken sign = tokens.Take();
            left = new Binary(sign.Line, sign.Text, left, operand());
        }

        return left;
    }

    // A sign binds tighter than a filter: -2 | abs is 2.
    private Expression SignedOperand()
    {
        int links = 0;
        var signs = new Stack<TemplateToken>();
        while (tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+"))
        {
            Link(ref links);
            signs.Push(tokens.Take());
        }

        Expression value = _primary.Postfix(_primary.Primary(this), this);
        while (signs.TryPop(out TemplateToken sign))
        {
            value = _primary.Postfix(new Unary(sign.Line, sign.Text, value), this);
        }

        return _primary.FiltersAndTests(value, this);
    }
}
