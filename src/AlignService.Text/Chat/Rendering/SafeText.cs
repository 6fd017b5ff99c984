using System.Text;
using AlignService.Text.Chat.Syntax;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>
/// Jinja's filter <c>safe</c> creates text that escapes any other text added to it, even where nothing else is escaped. It matters only
/// for <c>+</c> with an operand that is marked in place; marked text from a variable counts as plain here.
/// </summary>
internal static class SafeText
{
    private static readonly string[] KeepingFilters = ["trim", "upper", "lower", "capitalize", "indent"];

    public static bool Escapes(Binary sum) => IsMarked(sum.Left) || IsMarked(sum.Right);

    public static object Join(Binary sum, object left, object right) => left is string first && right is string second
        ? Escaped(sum.Left, first) + Escaped(sum.Right, second)
        : throw new TemplateFault($"a {TypeNames.Of(left)} and a {TypeNames.Of(right)} cannot be added");

    private static bool IsMarked(Expression expression) => expression switch
    {
        FilterUse { Filter: "safe" } => true,
        FilterUse { Input: { } input } filter => KeepingFilters.Contains(filter.Filter) && IsMarked(input),
        Binary { Sign: "+" } sum => Escapes(sum),
        _ => false,
    };

    private static string Escaped(Expression expression, string text) => IsMarked(expression)
        ? text
        : new StringBuilder(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("'", "&#39;").Replace("\"", "&#34;").ToString();
}
