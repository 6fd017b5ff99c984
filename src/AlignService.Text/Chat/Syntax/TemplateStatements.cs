namespace AlignService.Text.Chat.Syntax;

/// <summary>Walks a template.</summary>
internal static class TemplateStatements
{
    /// <summary>The statements and all that stand within them.</summary>
    internal static IEnumerable<Statement> Within(IEnumerable<Statement> statements) =>
        statements.SelectMany(statement => Within(Parts(statement)).Prepend(statement));

    private static IEnumerable<Statement> Parts(Statement statement) => statement switch
    {
        IfStatement choice => choice.Branches.SelectMany(branch => branch.Body).Concat(choice.Otherwise),
        ForStatement loop => loop.Body.Concat(loop.Otherwise),
        SetBlock block => block.Body,
        MacroStatement macro => macro.Body,
        GenerationBlock generation => generation.Body,
        _ => [],
    };
}
