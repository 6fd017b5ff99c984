using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Variables of a scope in the template; missing ones are looked up in the enclosing scopes. Assigning never changes an enclosing scope.</summary>
internal sealed class Scope(Scope? around)
{
    private readonly Dictionary<string, object> _variables = new(StringComparer.Ordinal);

    public object this[string name]
    {
        set => _variables[name] = value;
    }

    public object Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Around)
        {
            if (scope._variables.TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return new Undefined($"'{name}' is undefined");
    }

    private Scope? Around => around;
}
