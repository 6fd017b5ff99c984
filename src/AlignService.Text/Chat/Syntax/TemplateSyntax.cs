namespace AlignService.Text.Chat.Syntax;

/// <summary>The errors of a template that cannot be used, by line.</summary>
internal static class TemplateSyntax
{
    public static CheckpointException Wrong(int line, string what) => new($"The chat template is wrong in line {line}: {what}.");

    public static CheckpointException Unsupported(int line, string kind, string name, IEnumerable<string> known) =>
        Wrong(line, $"the {kind} '{name}' is not known; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
}
