using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Arguments that must be of a certain type.</summary>
internal static class Given
{
    public static string Text(object value, string function) => value as string ?? throw Wrong(value, function, "a string");

    public static BigInteger Integer(object value, string function) =>
        Numbers.IsInteger(value) ? Numbers.Integer(value) : throw Wrong(value, function, "an integer");

    /// <summary>An integer that fits; one that does not is cut to the largest or smallest.</summary>
    public static int Count(object value, string function) =>
        (int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, Integer(value, function)));

    public static Mapping Mapping(object value, string function) => value as Mapping ?? throw Wrong(value, function, "a mapping");

    public static TemplateFault Wrong(object value, string function, string wanted) =>
        value is Undefined undefined ? undefined.Fault() : new TemplateFault($"{function} wants {wanted}, not a {TypeNames.Of(value)}");
}
