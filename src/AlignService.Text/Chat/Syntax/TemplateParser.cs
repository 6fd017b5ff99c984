namespace AlignService.Text.Chat.Syntax;

/// <summary>Reads a template's statements. Features of Jinja beyond the documented list are refused by name.</summary>
internal sealed class TemplateParser
{
    private const int DeepestNesting = 60;

    private static readonly string[] Tags = ["break", "call", "continue", "filter", "for", "generation", "if", "macro", "raw", "set"];

    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly KnownNames _known;
    private readonly Stack<string> _open = new();

    private TemplateParser(string template, TemplateNames names)
    {
        _tokens = new TokenStream(TemplateLexer.Read(template));
        _known = new KnownNames(names);
        _expressions = new ExpressionParser(_tokens, _known);
    }

    /// <param name="template">Its source.</param>
    /// <param name="names">What it may call.</param>
    /// <exception cref="CheckpointException">The template is invalid, or uses something unknown; with the line.</exception>
    public static IReadOnlyList<Statement> Parse(string template, TemplateNames names)
    {
        var parser = new TemplateParser(template, names);
        IReadOnlyList<Statement> statements = parser.Body();
        parser._known.RequireFunctions();
        return statements;
    }

    // Statements up to a tag of one of these names, which is left to be read; without names up to the end.
    private List<Statement> Body(params string[] ends)
    {
        var statements = new List<Statement>();
        while (true)
        {
            TemplateToken token = _tokens.Take();
            switch (token.Kind)
            {
                case TemplateTokenKind.Data:
                    statements.Add(new TextOutput(token.Line, token.Text));
                    break;
                case TemplateTokenKind.OutputBegin:
                    statements.Add(new ValueOutput(token.Line, _expressions.Tuple()));
                    _tokens.Expect(TemplateTokenKind.OutputEnd, "the end of the output");
                    break;
                case TemplateTokenKind.BlockBegin when ends.Any(_tokens.Current.IsName):
                    return statements;
                case TemplateTokenKind.BlockBegin:
                    statements.Add(Tag());
                    break;
                case TemplateTokenKind.End when ends.Length == 0:
                    return statements;
                default:
                    throw TemplateSyntax.Wrong(token.Line, $"the template ends inside '{_open.Peek()}'; {string.Join(" or ", ends)} is missing");
            }
        }
    }

    private Statement Tag()
    {
        TemplateToken name = _tokens.Expect(TemplateTokenKind.Name, "a tag's name");
        if (_open.Count >= DeepestNesting)
        {
            throw TemplateSyntax.Wrong(name.Line, $"tags are nested deeper than {DeepestNesting}");
        }

        _open.Push(name.Text);
        Statement statement = name.Text switch
        {
            "if" => If(name.Line),
            "for" => For(name.Line),
            "set" => Set(name.Line),
            "macro" => Macro(name.Line),
            "call" => Call(name.Line),
            "filter" => Filter(name.Line),
            "generation" => new GenerationBlock(name.Line, Block("endgeneration")),
            "break" => InLoop(new BreakStatement(name.Line), name),
            "continue" => InLoop(new ContinueStatement(name.Line), name),
            _ => throw Unknown(name),
        };
        _open.Pop();
        return statement;
    }

    private CheckpointException Unknown(TemplateToken name)
    {
        _open.Pop();
        return _open.Count > 0 && (name.Text.StartsWith("end", StringComparison.Ordinal) || name.Text is "else" or "elif")
            ? TemplateSyntax.Wrong(name.Line, $"the tag '{name.Text}' does not close '{_open.Peek()}', which is open")
            : TemplateSyntax.Unsupported(name.Line, "tag", name.Text, Tags);
    }

    // A macro's and a generation block's body is a function of its own, which cannot end a loop around it.
    private Statement InLoop(Statement statement, TemplateToken name)
    {
        EndTag();
        string? around = _open.FirstOrDefault(tag => tag is "for" or "macro" or "call" or "generation");
        return around == "for" ? statement : throw TemplateSyntax.Wrong(name.Line, $"'{name.Text}' is outside a loop");
    }

    private void EndTag() => _tokens.Expect(TemplateTokenKind.BlockEnd, "the end of the tag");

    // The rest of an opening tag, the statements, and the closing tag.
    private List<Statement> Block(string end)
    {
        EndTag();
        List<Statement> body = Body(end);
        _tokens.Take();
        EndTag();
        return body;
    }

    private IfStatement If(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        IReadOnlyList<Statement> otherwise = [];
        while (true)
        {
            Expression test = _expressions.Tuple(withConditional: false);
            EndTag();
            branches.Add((test, Body("elif", "else", "endif")));
            string next = _tokens.Take().Text;
            if (next == "elif")
            {
                continue;
            }

            if (next == "else")
            {
                otherwise = Block("endif");
            }
            else
            {
                EndTag();
            }

            return new IfStatement(line, branches, otherwise);
        }
    }

    private ForStatement For(int line)
    {
        AssignmentTarget target = Target(withNamespace: false);
        if (!_tokens.TakeName("in"))
        {
            throw _tokens.Unexpected("'in'");
        }

        Expression items = _expressions.Tuple(withConditional: false);
        Expression? filter = _tokens.TakeName("if") ? _expressions.Expression() : null;
        if (_tokens.Current.IsName("recursive"))
        {
            throw TemplateSyntax.Wrong(_tokens.Line, "a 'recursive' loop is not supported; use a macro that calls itself");
        }

        EndTag();
        List<Statement> body = Body("else", "endfor");
        List<Statement> otherwise = [];
        if (_tokens.Take().Text == "else")
        {
            // Behind else the loop is over, so break and continue are those of the loop around.
            _open.Pop();
            _open.Push("else");
            otherwise = Block("endfor");
        }
        else
        {
            EndTag();
        }

        return new ForStatement(line, target, items, filter) { Body = body, Otherwise = otherwise };
    }

    private Statement Set(int line)
    {
        AssignmentTarget target = Target(withNamespace: true);
        if (_tokens.TakeOperator("="))
        {
            Expression value = _expressions.Tuple();
            EndTag();
            return new SetStatement(line, target, value);
        }

        Expression? filter = _expressions.BlockFilters();
        return new SetBlock(line, target, filter, Block("endset"));
    }

    private MacroStatement Macro(int line)
    {
        string name = TargetName();
        IReadOnlyList<(string, Expression?)> parameters = Parameters(line);
        int callerCount = _known.CallerCount;
        return new MacroStatement(line, name, parameters, Block("endmacro")) { ReadsCaller = _known.CallerCount > callerCount };
    }

    /// <summary>A call whose macro can write the body, by calling it; the body may have parameters.</summary>
    private CallBlock Call(int line)
    {
        IReadOnlyList<(string, Expression?)> parameters = _tokens.Current.IsOperator("(") ? Parameters(line) : [];
        Call call = _expressions.Expression() as Call ?? throw TemplateSyntax.Wrong(line, "'call' is not followed by a call");
        int callerCount = _known.CallerCount;
        return new CallBlock(line, call, new MacroStatement(line, KnownNames.Caller, parameters, Block("endcall")) { ReadsCaller = _known.CallerCount > callerCount });
    }

    private FilterBlock Filter(int line)
    {
        Expression filter = _expressions.TagFilters();
        return new FilterBlock(line, filter, Block("endfilter"));
    }

    private List<(string, Expression?)> Parameters(int line)
    {
        _tokens.ExpectOperator("(");
        var parameters = new List<(string, Expression?)>();
        while (!_tokens.Current.IsOperator(")"))
        {
            string parameter = TargetName();
            Expression? absent = _tokens.TakeOperator("=") ? _expressions.Expression() : null;
            if (absent is null && parameters.Count > 0 && parameters[^1].Item2 is not null)
            {
                throw TemplateSyntax.Wrong(line, $"the parameter '{parameter}' without a default follows one with a default");
            }

            if (absent is null && parameter == KnownNames.Caller)
            {
                throw TemplateSyntax.Wrong(line, $"the parameter '{parameter}' needs a default: what calls the macro may give none");
            }

            parameters.Add((parameter, absent));
            if (!_tokens.TakeOperator(","))
            {
                break;
            }
        }

        _tokens.ExpectOperator(")");
        return parameters;
    }

    private AssignmentTarget Target(bool withNamespace)
    {
        int line = _tokens.Line;
        AssignmentTarget first = OneTarget(withNamespace);
        if (!_tokens.Current.IsOperator(","))
        {
            return first;
        }

        List<AssignmentTarget> targets = [first];
        while (_tokens.TakeOperator(",") && (_tokens.Current.Kind == TemplateTokenKind.Name || _tokens.Current.IsOperator("(")) && !_tokens.Current.IsName("in"))
        {
            targets.Add(OneTarget(withNamespace));
        }

        return new TupleTarget(line, targets);
    }

    private AssignmentTarget OneTarget(bool withNamespace)
    {
        int line = _tokens.Line;
        if (_tokens.TakeOperator("("))
        {
            AssignmentTarget inner = Target(withNamespace);
            _tokens.ExpectOperator(")");
            return inner;
        }

        string name = TargetName();
        return withNamespace && _tokens.TakeOperator(".")
            ? new NamespaceTarget(line, name, _tokens.Expect(TemplateTokenKind.Name, "an attribute's name").Text)
            : new NameTarget(line, name);
    }

    private string TargetName()
    {
        TemplateToken token = _tokens.Expect(TemplateTokenKind.Name, "a name");
        if (token.Text is "true" or "false" or "none" or "True" or "False" or "None")
        {
            throw TemplateSyntax.Wrong(token.Line, $"cannot assign to '{token.Text}'");
        }

        _known.Assigned(token.Text);
        return token.Text;
    }
}
