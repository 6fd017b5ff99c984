namespace AlignService.Text.Chat.Syntax;

/// <summary>The names that the renderer knows, by kind.</summary>
/// <param name="IsMethod">Also true for methods that are only known to be refused with a specific reason.</param>
internal sealed record TemplateNames(
    IReadOnlyCollection<string> Filters,
    IReadOnlyCollection<string> Tests,
    IReadOnlyCollection<string> Functions,
    IReadOnlyCollection<string> Methods,
    Predicate<string> IsMethod);

/// <summary>
/// Checks while a template is read that every filter, test, function and called method exists, even in branches that are never reached.
/// Functions are checked at the end, because a macro can be called before the line that defines it.
/// </summary>
internal sealed class KnownNames(TemplateNames names)
{
    private static readonly string[] FiltersOverFilters = ["map"];
    private static readonly string[] FiltersOverTests = ["select", "reject"];
    private static readonly string[] FiltersOverAttributeTests = ["selectattr", "rejectattr"];

    // What Jinja defines besides; a template that reads one would find it undefined here.
    private static readonly string[] Reserved = ["cycler", "joiner", "kwargs", "lipsum", "self", "super", "varargs"];

    /// <summary>In a macro: the body of the call block that called it.</summary>
    public const string Caller = "caller";

    private readonly HashSet<string> _assigned = [Caller];
    private readonly List<(string Name, int Line)> _called = [];

    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>How often the caller was read so far.</summary>
    public int CallerCount { get; private set; }

    /// <summary>A name that an expression reads.</summary>
    public void Read(string name) => CallerCount += name == Caller ? 1 : 0;

    public void Assigned(string name) => _assigned.Add(name);

    public void RequireFilter(string name, ArgumentList arguments, int line)
    {
        if (!names.Filters.Contains(name))
        {
            throw TemplateSyntax.Unsupported(line, "filter", name, names.Filters);
        }

        if (FiltersOverFilters.Contains(name) && LiteralText(arguments, 0) is { } filter && !names.Filters.Contains(filter))
        {
            throw TemplateSyntax.Unsupported(line, "filter", filter, names.Filters);
        }

        int testAt = FiltersOverTests.Contains(name) ? 0 : FiltersOverAttributeTests.Contains(name) ? 1 : -1;
        if (testAt >= 0 && LiteralText(arguments, testAt) is { } test)
        {
            RequireTest(test, line);
        }
    }

    public void RequireTest(string name, int line)
    {
        if (!names.Tests.Contains(name))
        {
            throw TemplateSyntax.Unsupported(line, "test", name, names.Tests);
        }
    }

    /// <summary>The callee, if it is a callable name or method.</summary>
    public Expression RequireCallable(Expression callee, int line)
    {
        switch (callee)
        {
            case Name called:
                _called.Add((called.Identifier, line));
                return callee;
            case Attribute attribute when !names.IsMethod(attribute.Key):
                throw TemplateSyntax.Unsupported(line, "method", attribute.Key, names.Methods);
            default:
                return callee;
        }
    }

    public void RequireFunctions()
    {
        foreach ((string name, int line) in _called)
        {
            if (!names.Functions.Contains(name) && !_assigned.Contains(name))
            {
                throw TemplateSyntax.Unsupported(line, "function", name, names.Functions);
            }
        }
    }

    private static string? LiteralText(ArgumentList arguments, int index) =>
        index < arguments.Positional.Count && arguments.Positional[index] is Constant { Value: string text } ? text : null;
}

/// <summary>The errors of a template that cannot be used, by line.</summary>
internal static class TemplateSyntax
{
    public static CheckpointException Wrong(int line, string what) => new($"The chat template is invalid on line {line}: {what}.");

    public static CheckpointException Unsupported(int line, string kind, string name, IEnumerable<string> known) =>
        Wrong(line, $"the {kind} '{name}' is not known; known: {string.Join(", ", known.Order(StringComparer.Ordinal))}");
}
