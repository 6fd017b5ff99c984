using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The tests after <c>is</c>.</summary>
internal static class Tests
{
    private static readonly (string Sign, string[] Names)[] Comparisons =
    [
        ("==", ["==", "eq", "equalto"]),
        ("!=", ["!=", "ne"]),
        ("<", ["<", "lt", "lessthan"]),
        ("<=", ["<=", "le"]),
        (">", [">", "gt", "greaterthan"]),
        (">=", [">=", "ge"]),
        ("in", ["in"]),
    ];

    public static IReadOnlyDictionary<string, Func<object, Arguments, RenderBudget, object>> ByName { get; } = Build();

    private static Dictionary<string, Func<object, Arguments, RenderBudget, object>> Build()
    {
        var tests = new Dictionary<string, Func<object, Arguments, RenderBudget, object>>
        {
            ["divisibleby"] = (value, arguments, _) => IsZero(Modulo(value, arguments.RequireOne("divisibleby", "num"))),
            ["sameas"] = (value, arguments, _) => IsSame(value, arguments.RequireOne("sameas", "other")),
        };
        AddSimple(tests, "boolean", value => value is bool);
        AddSimple(tests, "callable", value => value is Function);
        AddSimple(tests, "defined", value => value is not Undefined);
        AddSimple(tests, "even", value => IsZero(Modulo(value, BigInteger.One + 1)));
        AddSimple(tests, "false", value => value is false);
        AddSimple(tests, "float", value => value is double);
        AddSimple(tests, "integer", value => value is BigInteger);
        AddSimple(tests, "iterable", value => value is LoopState || Iteration.TryOver(value) is not null);
        AddSimple(tests, "lower", value => LetterCase.IsLower(ValueText.Print(value)));
        AddSimple(tests, "mapping", value => value is Mapping);
        AddSimple(tests, "none", value => value is None);
        AddSimple(tests, "number", Numbers.IsNumber);
        AddSimple(tests, "odd", value => ValueEquality.Same(Modulo(value, BigInteger.One + 1), BigInteger.One));
        AddSimple(tests, "sequence", value => value is string or Mapping or Undefined or Sequence { IsView: false });
        AddSimple(tests, "string", value => value is string);
        AddSimple(tests, "true", value => value is true);
        AddSimple(tests, "undefined", value => value is Undefined);
        AddSimple(tests, "upper", value => LetterCase.IsUpper(ValueText.Print(value)));
        foreach ((string sign, string[] names) in Comparisons)
        {
            foreach (string name in names)
            {
                tests.Add(name, (value, arguments, budget) => new Operators(budget).Compare(sign, value, arguments.RequireOne(name, "other")));
            }
        }

        return tests;
    }

    private static void AddSimple(Dictionary<string, Func<object, Arguments, RenderBudget, object>> tests, string name, Func<object, bool> test) =>
        tests.Add(name, (value, arguments, _) =>
        {
            arguments.Bind($"the test '{name}'");
            return test(value);
        });

    private static object Modulo(object value, object divisor) => (value as Undefined ?? divisor as Undefined) is { } undefined
        ? throw undefined.Fault()
        : Numbers.IsNumber(value) && Numbers.IsNumber(divisor)
            ? Numbers.Compute("%", value, divisor)
            : throw new TemplateFault($"a {TypeNames.Of(value)} cannot be divided by a {TypeNames.Of(divisor)}");

    private static bool IsZero(object number) => !Truth.Of(number);

    private static bool IsSame(object value, object other) => (value, other) switch
    {
        (bool a, bool b) => a == b,
        (BigInteger a, BigInteger b) => a == b,
        (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
        _ => ReferenceEquals(value, other),
    };
}
