namespace AlignService.Text.Chat.Syntax;

/// <param name="Text">As written; of a string literal, its value.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line)
{
    public bool IsName(string name) => Kind == TemplateTokenKind.Name && Text == name;

    public bool IsOperator(string sign) => Kind == TemplateTokenKind.Operator && Text == sign;

    public string Describe() => Kind switch
    {
        TemplateTokenKind.End => "the end of the template",
        TemplateTokenKind.BlockEnd => "the end of the tag",
        TemplateTokenKind.OutputEnd => "the end of the output",
        TemplateTokenKind.Data => "text",
        _ => $"'{Text}'",
    };
}

internal enum TemplateTokenKind
{
    /// <summary>Text outside tags.</summary>
    Data,
    BlockBegin,
    BlockEnd,
    OutputBegin,
    OutputEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>The tokens of a template with one token of lookahead.</summary>
internal sealed class TokenStream(IReadOnlyList<TemplateToken> tokens)
{
    private int _position;

    public TemplateToken Current => tokens[_position];

    public TemplateToken Next => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public TemplateToken Take()
    {
        TemplateToken token = Current;
        _position = Math.Min(_position + 1, tokens.Count - 1);
        return token;
    }

    public bool TakeName(string name) => TakeIf(Current.IsName(name));

    public bool TakeOperator(string sign) => TakeIf(Current.IsOperator(sign));

    public void ExpectOperator(string sign)
    {
        if (!TakeOperator(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    public TemplateToken Expect(TemplateTokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    public CheckpointException Unexpected(string wanted) => TemplateSyntax.Wrong(Line, $"expected {wanted}, found {Current.Describe()}");

    private bool TakeIf(bool condition)
    {
        if (condition)
        {
            Take();
        }

        return condition;
    }
}
