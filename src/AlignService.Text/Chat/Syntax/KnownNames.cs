using AlignService.Text.Chat.Rendering;

namespace AlignService.Text.Chat.Syntax;

/// <summary>
/// Checks while a template is read that every filter, test, function and called method exists, also where the template would never get to.
/// Functions are checked at the end, because a macro can be called before the line that defines it.
/// </summary>
internal sealed class KnownNames
{
    private static readonly string[] FiltersOverFilters = ["map"];
    private static readonly string[] FiltersOverTests = ["select", "reject"];
    private static readonly string[] FiltersOverAttributeTests = ["selectattr", "rejectattr"];

    // What Jinja defines besides; a template that reads one would find it undefined here.
    private static readonly string[] Reserved = ["caller", "cycler", "joiner", "kwargs", "lipsum", "self", "super", "varargs"];

    private readonly HashSet<string> _assigned = [];
    private readonly List<(string Name, int Line)> _called = [];

    public static bool IsReserved(string name) => Reserved.Contains(name);

    public void Assigned(string name) => _assigned.Add(name);

    public static void RequireFilter(string name, ArgumentList arguments, int line)
    {
        if (!Filters.ByName.ContainsKey(name))
        {
            throw TemplateSyntax.Unsupported(line, "filter", name, Filters.ByName.Keys);
        }

        if (FiltersOverFilters.Contains(name) && LiteralText(arguments, 0) is { } filter && !Filters.ByName.ContainsKey(filter))
        {
            throw TemplateSyntax.Unsupported(line, "filter", filter, Filters.ByName.Keys);
        }

        int testAt = FiltersOverTests.Contains(name) ? 0 : FiltersOverAttributeTests.Contains(name) ? 1 : -1;
        if (testAt >= 0 && LiteralText(arguments, testAt) is { } test)
        {
            RequireTest(test, line);
        }
    }

    public static void RequireTest(string name, int line)
    {
        if (!Tests.ByName.ContainsKey(name))
        {
            throw TemplateSyntax.Unsupported(line, "test", name, Tests.ByName.Keys);
        }
    }

    /// <summary>The callee, if it is a name or a method that can be called.</summary>
    public Expression RequireCallable(Expression callee, int line)
    {
        switch (callee)
        {
            case Name name:
                _called.Add((name.Identifier, line));
                return callee;
            case Attribute attribute when !Methods.IsKnown(attribute.Key):
                throw TemplateSyntax.Unsupported(line, "method", attribute.Key, Methods.Known);
            default:
                return callee;
        }
    }

    public void RequireFunctions()
    {
        foreach ((string name, int line) in _called)
        {
            if (!Functions.ByName.ContainsKey(name) && !_assigned.Contains(name))
            {
                throw TemplateSyntax.Unsupported(line, "function", name, Functions.ByName.Keys);
            }
        }
    }

    private static string? LiteralText(ArgumentList arguments, int index) =>
        index < arguments.Positional.Count && arguments.Positional[index] is Constant { Value: string text } ? text : null;
}
