namespace AlignService.Text.Chat.Syntax;

/// <summary>What Jinja's analysis knows of the names in one scope of a template.</summary>
/// <param name="around">The scope around it, analysed before; null: the template's own.</param>
internal sealed class ScopeNames(ScopeNames? around)
{
    /// <summary>The names mentioned so far, and whether each begins undefined.</summary>
    private readonly Dictionary<string, bool> _mentioned = new(StringComparer.Ordinal);

    /// <summary>Names that are set before they are read, and not only under a condition.</summary>
    internal IReadOnlyList<string> SetFirst => [.. _mentioned.Where(entry => entry.Value).Select(entry => entry.Key)];

    /// <summary>Notes names that have a value from the start, such as parameters.</summary>
    internal ScopeNames Declare(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            _mentioned[name] = false;
        }

        return this;
    }

    internal ScopeNames Read(IEnumerable<string> names)
    {
        foreach (string name in names.Where(name => !Knows(name)))
        {
            _mentioned[name] = false;
        }

        return this;
    }

    /// <param name="name">It gets a value here.</param>
    /// <param name="conditional">Only in one of several ways, so that it may come from outside.</param>
    internal void Set(string name, bool conditional) => _mentioned.TryAdd(name, !conditional && around?.Knows(name) != true);

    private bool Knows(string name) => _mentioned.ContainsKey(name) || around?.Knows(name) == true;
}
