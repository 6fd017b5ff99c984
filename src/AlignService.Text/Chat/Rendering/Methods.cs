using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The methods of values, and the Python methods that are not allowed.</summary>
internal static class Methods
{
    private static readonly string[] OfMappings = ["get", "items", "keys", "values"];

    // What would change a value: the sandbox of transformers makes these undefined.
    private static readonly string[] ChangingMappings = ["clear", "pop", "popitem", "setdefault", "update"];
    private static readonly string[] ChangingLists = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

    // What Python's strings, mappings and sequences have besides. As attributes they are there (and hide a key); they cannot be called here.
    private static readonly string[] OtherOfStrings =
    [
        "casefold", "center", "encode", "expandtabs", "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
        "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "ljust", "maketrans", "partition", "removeprefix",
        "removesuffix", "rfind", "rindex", "rjust", "rpartition", "rsplit", "swapcase", "translate", "zfill",
    ];

    private static readonly string[] OtherOfMappings = ["copy", "fromkeys"];
    private static readonly string[] OtherOfLists = ["copy", "count", "index"];
    private static readonly string[] OtherOfTuples = ["count", "index"];

    /// <summary>The names that can be called.</summary>
    public static IEnumerable<string> Known => StringMethods.ByName.Keys.Concat(OfMappings);

    /// <summary>Whether a call of that method parses: methods that change a value only fail when called.</summary>
    public static bool IsKnown(string name) => Known.Contains(name) || ChangingMappings.Contains(name) || ChangingLists.Contains(name);

    /// <summary>The method of that name, or its substitute; null if values of this type have none.</summary>
    public static object? Find(object owner, string name, RenderBudget budget) => owner switch
    {
        _ when name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal) => Unsafe(owner, name),
        string text when StringMethods.ByName.TryGetValue(name, out var method) => new Function(name, arguments =>
        {
            budget.Charge(text);
            return method(text, arguments, budget);
        }),
        string when OtherOfStrings.Contains(name) => Unknown(owner, name),
        Mapping mapping when OfMappings.Contains(name) => new Function(name, arguments => OfMapping(mapping, name, arguments, budget)),
        Mapping when ChangingMappings.Contains(name) => Unsafe(owner, name),
        Mapping when OtherOfMappings.Contains(name) => Unknown(owner, name),
        Sequence { Kind: SequenceKind.List } when ChangingLists.Contains(name) => Unsafe(owner, name),
        Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } sequence when name == "count" => new Function(name, arguments => CountOf(sequence, arguments, budget)),
        Sequence { Kind: SequenceKind.List } when OtherOfLists.Contains(name) => Unknown(owner, name),
        Sequence { Kind: SequenceKind.Tuple } when OtherOfTuples.Contains(name) => Unknown(owner, name),
        _ => null,
    };

    private static object OfMapping(Mapping mapping, string name, Arguments arguments, RenderBudget budget)
    {
        if (name == "get")
        {
            object?[] given = arguments.Require("get", 1, "key", "default");
            budget.Charge(given[0]!);
            return mapping.TryGet(given[0]!, out object value) ? value : given[1] ?? None.Value;
        }

        arguments.Bind(name);
        budget.Items(mapping.Count);
        return name switch
        {
            "items" => new Sequence(SequenceKind.Pairs, [.. mapping.Entries.Select(entry => Sequence.Tuple(entry.Key, entry.Value))]),
            "keys" => new Sequence(SequenceKind.Keys, [.. mapping.Entries.Select(entry => entry.Key)]),
            _ => new Sequence(SequenceKind.Values, [.. mapping.Entries.Select(entry => entry.Value)]),
        };
    }

    private static object CountOf(Sequence sequence, Arguments arguments, RenderBudget budget)
    {
        object item = arguments.RequireOne("count", "value");
        budget.Charge(sequence);
        return new BigInteger(sequence.Items.Count(member => ValueEquality.Same(member, item)));
    }

    private static Undefined Unsafe(object owner, string name) => new($"access to '{name}' of a {TypeNames.Of(owner)} is not allowed");

    private static Function Unknown(object owner, string name) =>
        new(name, _ => throw new TemplateFault($"the method '{name}' of a {TypeNames.Of(owner)} is not supported"));
}
