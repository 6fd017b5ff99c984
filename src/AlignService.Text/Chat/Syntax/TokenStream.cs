namespace AlignService.Text.Chat.Syntax;

/// <summary>The tokens of a template with one token of foresight.</summary>
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

    public CheckpointException Unexpected(string wanted) => TemplateSyntax.Wrong(Line, $"{wanted} is wanted, {Current.Describe()} stands there");

    private bool TakeIf(bool condition)
    {
        if (condition)
        {
            Take();
        }

        return condition;
    }
}
