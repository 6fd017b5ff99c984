namespace AlignService.Text.Chat.Syntax;

/// <param name="Text">As written; of a string literal, what it means.</param>
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
