using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>The values given in a call.</summary>
internal sealed record Arguments(IReadOnlyList<object> Positional, IReadOnlyList<(string Name, object Value)> Named)
{
    public static Arguments Empty { get; } = new([], []);

    public static Arguments Of(params object[] positional) => new(positional, []);

    /// <summary>The values in the order of the parameters; null for one that was not given. Fails if there are extra arguments.</summary>
    public object?[] Bind(string function, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw new TemplateFault($"{function} takes at most {parameters.Length} arguments, but {Positional.Count} are given");
        }

        object?[] values = new object?[parameters.Length];
        for (int i = 0; i < Positional.Count; i++)
        {
            values[i] = Positional[i];
        }

        foreach ((string name, object value) in Named)
        {
            int index = parameters.IndexOf(name);
            if (index < 0)
            {
                throw new TemplateFault($"{function} has no parameter '{name}'");
            }

            values[index] = values[index] is null ? value : throw new TemplateFault($"{function} is given '{name}' twice");
        }

        return values;
    }

    /// <summary>Like <see cref="Bind"/>, but the first parameters must be given.</summary>
    public object?[] Require(string function, int count, params ReadOnlySpan<string> parameters)
    {
        object?[] values = Bind(function, parameters);
        int missing = Array.FindIndex(values, 0, count, value => value is null);
        return missing < 0 ? values : throw new TemplateFault($"{function} needs the argument '{parameters[missing]}'");
    }

    /// <summary>The only argument, which must be given.</summary>
    public object RequireOne(string function, string parameter) =>
        Bind(function, parameter)[0] ?? throw new TemplateFault($"{function} needs the argument '{parameter}'");
}

/// <summary>Something that can be called: a function of the environment, a macro, or a value's method.</summary>
internal sealed class Function(string name, Func<Arguments, object> body)
{
    public string Name => name;

    public object Invoke(Arguments arguments) => body(arguments);
}

/// <summary>Arguments that must have a certain type.</summary>
internal static class Given
{
    public static string Text(object value, string function) => value as string ?? throw Wrong(value, function, "a string");

    public static BigInteger Integer(object value, string function) =>
        Numbers.IsInteger(value) ? Numbers.Integer(value) : throw Wrong(value, function, "an integer");

    /// <summary>An integer, limited to the largest or smallest value that fits.</summary>
    public static int Count(object value, string function) =>
        (int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, Integer(value, function)));

    public static Mapping Mapping(object value, string function) => value as Mapping ?? throw Wrong(value, function, "a mapping");

    public static TemplateFault Wrong(object value, string function, string wanted) =>
        value is Undefined undefined ? undefined.Fault() : new TemplateFault($"{function} requires {wanted}, not a {TypeNames.Of(value)}");
}
