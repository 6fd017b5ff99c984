using System.Text;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Syntax;

/// <summary>Reads literals and names, and what binds most tightly to them: attributes, subscripts, calls, filters and tests.</summary>
internal sealed class PrimaryParser(TokenStream tokens, KnownNames known)
{
    private static readonly string[] NotAnArgument = ["else", "or", "and"];

    public Expression Primary(ExpressionParser expressions)
    {
        TemplateToken token = tokens.Current;
        switch (token.Kind)
        {
            case TemplateTokenKind.Name:
                return NameOrConstant(tokens.Take());
            case TemplateTokenKind.Text:
                return new Constant(token.Line, JoinedTexts());
            case TemplateTokenKind.Integer:
                tokens.Take();
                return new Constant(token.Line, TemplateNumber.Integer(token.Text, token.Line));
            case TemplateTokenKind.Float:
                tokens.Take();
                return new Constant(token.Line, TemplateNumber.Float(token.Text));
            default:
                return token.Text switch
                {
                    "(" when token.Kind == TemplateTokenKind.Operator => Parenthesized(expressions),
                    "[" when token.Kind == TemplateTokenKind.Operator => List(expressions),
                    "{" when token.Kind == TemplateTokenKind.Operator => Mapping(expressions),
                    _ => throw tokens.Unexpected("a value"),
                };
        }
    }

    public Expression Postfix(Expression value, ExpressionParser expressions)
    {
        for (int links = 0; ; expressions.Link(ref links))
        {
            int line = tokens.Line;
            if (tokens.TakeOperator("."))
            {
                value = Dotted(value, line);
            }
            else if (tokens.TakeOperator("["))
            {
                value = new Subscript(line, value, SubscriptKey(expressions));
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new Call(line, known.RequireCallable(value, line), Arguments(expressions));
            }
            else
            {
                return value;
            }
        }
    }

    public Expression FiltersAndTests(Expression value, ExpressionParser expressions)
    {
        for (int links = 0; ; expressions.Link(ref links))
        {
            int line = tokens.Line;
            if (tokens.Current.IsOperator("|"))
            {
                value = Filters(value, expressions);
            }
            else if (tokens.TakeName("is"))
            {
                value = Test(value, line, expressions);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new Call(line, known.RequireCallable(value, line), Arguments(expressions));
            }
            else
            {
                return value;
            }
        }
    }

    public Expression Filters(Expression? value, ExpressionParser expressions)
    {
        for (int links = 0; tokens.TakeOperator("|"); expressions.Link(ref links))
        {
            value = Filter(value, expressions);
        }

        return value!;
    }

    /// <summary>A filter after its vertical bar, or the first one of a filter tag, which has none.</summary>
    public FilterUse Filter(Expression? value, ExpressionParser expressions)
    {
        int line = tokens.Line;
        string name = DottedName("a filter's name");
        ArgumentList arguments = tokens.Current.IsOperator("(") ? Arguments(expressions) : ArgumentList.Empty;
        known.RequireFilter(name, arguments, line);
        return new FilterUse(line, value, name, arguments);
    }

    private Expression NameOrConstant(TemplateToken token)
    {
        known.Read(token.Text);
        return NameOrConstant(token.Text, token.Line);
    }

    private static Expression NameOrConstant(string name, int line) => name switch
    {
        "true" or "True" => new Constant(line, true),
        "false" or "False" => new Constant(line, false),
        "none" or "None" => new Constant(line, None.Value),
        _ when KnownNames.IsReserved(name) => throw TemplateSyntax.Wrong(line, $"'{name}' is not supported"),
        _ => new Name(line, name),
    };

    private string JoinedTexts()
    {
        var text = new StringBuilder();
        while (tokens.Current.Kind == TemplateTokenKind.Text)
        {
            text.Append(tokens.Take().Text);
        }

        return text.ToString();
    }

    private Expression Parenthesized(ExpressionParser expressions)
    {
        int line = tokens.Take().Line;
        Expression value = tokens.Current.IsOperator(")") ? new TupleOf(line, []) : expressions.Tuple();
        tokens.ExpectOperator(")");
        return value;
    }

    private ListOf List(ExpressionParser expressions)
    {
        int line = tokens.Take().Line;
        var items = new List<Expression>();
        while (!tokens.Current.IsOperator("]"))
        {
            items.Add(expressions.Expression());
            if (!tokens.TakeOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator("]");
        return new ListOf(line, items);
    }

    private MappingOf Mapping(ExpressionParser expressions)
    {
        int line = tokens.Take().Line;
        var pairs = new List<(Expression, Expression)>();
        while (!tokens.Current.IsOperator("}"))
        {
            Expression key = expressions.Expression();
            tokens.ExpectOperator(":");
            pairs.Add((key, expressions.Expression()));
            if (!tokens.TakeOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator("}");
        return new MappingOf(line, pairs);
    }

    private Expression Dotted(Expression owner, int line)
    {
        if (tokens.Current.Kind == TemplateTokenKind.Integer)
        {
            TemplateToken number = tokens.Take();
            return new Subscript(line, owner, new Constant(line, TemplateNumber.Integer(number.Text, line)));
        }

        return new Attribute(line, owner, tokens.Expect(TemplateTokenKind.Name, "an attribute's name").Text);
    }

    private Expression SubscriptKey(ExpressionParser expressions)
    {
        int line = tokens.Line;
        List<Expression> keys = [SliceOrValue(expressions)];
        while (tokens.TakeOperator(","))
        {
            keys.Add(SliceOrValue(expressions));
        }

        tokens.ExpectOperator("]");
        return keys.Count == 1 ? keys[0] : new TupleOf(line, keys);
    }

    private Expression SliceOrValue(ExpressionParser expressions)
    {
        int line = tokens.Line;
        Expression? start = tokens.Current.IsOperator(":") ? null : expressions.Expression();
        if (!tokens.TakeOperator(":"))
        {
            return start ?? throw tokens.Unexpected("a key");
        }

        Expression? stop = EndsSlicePart() ? null : expressions.Expression();
        Expression? step = tokens.TakeOperator(":") && !EndsSlicePart() ? expressions.Expression() : null;
        return new SliceKey(line, start, stop, step);
    }

    private bool EndsSlicePart() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") || tokens.Current.IsOperator(",");

    private ArgumentList Arguments(ExpressionParser expressions)
    {
        tokens.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!tokens.Current.IsOperator(")"))
        {
            if (tokens.Current.IsOperator("*") || tokens.Current.IsOperator("**"))
            {
                throw TemplateSyntax.Wrong(tokens.Line, $"'{tokens.Current.Text}' arguments are not supported");
            }

            if (tokens.Current.Kind == TemplateTokenKind.Name && tokens.Next.IsOperator("="))
            {
                string name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, expressions.Expression()));
            }
            else if (named.Count > 0)
            {
                throw TemplateSyntax.Wrong(tokens.Line, "a positional argument follows a named one");
            }
            else
            {
                positional.Add(expressions.Expression());
            }

            if (!tokens.TakeOperator(","))
            {
                break;
            }
        }

        tokens.ExpectOperator(")");
        return new ArgumentList(positional, named);
    }

    private Expression Test(Expression value, int line, ExpressionParser expressions)
    {
        bool negated = tokens.TakeName("not");
        string name = DottedName("a test's name");
        ArgumentList arguments = ArgumentList.Empty;
        if (tokens.Current.IsOperator("("))
        {
            arguments = Arguments(expressions);
        }
        else if (BeginsArgument())
        {
            if (tokens.Current.IsName("is"))
            {
                throw TemplateSyntax.Wrong(line, "tests cannot be chained with 'is'");
            }

            arguments = new ArgumentList([Postfix(Primary(expressions), expressions)], []);
        }

        known.RequireTest(name, line);
        Expression test = new TestUse(line, value, name, arguments);
        return negated ? new Unary(line, "not", test) : test;
    }

    private bool BeginsArgument() =>
        tokens.Current.Kind is TemplateTokenKind.Text or TemplateTokenKind.Integer or TemplateTokenKind.Float ||
        (tokens.Current.Kind == TemplateTokenKind.Name && !NotAnArgument.Contains(tokens.Current.Text)) ||
        tokens.Current.IsOperator("[") || tokens.Current.IsOperator("{");

    private string DottedName(string what)
    {
        string name = tokens.Expect(TemplateTokenKind.Name, what).Text;
        while (tokens.TakeOperator("."))
        {
            name += "." + tokens.Expect(TemplateTokenKind.Name, what).Text;
        }

        return name;
    }
}
