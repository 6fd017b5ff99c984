using System.Globalization;
using System.Numerics;
using System.Text;

namespace AlignService.Text.Chat.Values;

/// <summary>Values as text, as printed by Python.</summary>
internal static class ValueText
{
    // Python prints a float in full up to this exponent and from that other one on.
    private const int LargestFullExponent = 16;
    private const int SmallestFullExponent = -4;

    // No JSON or template that nests deeper than this comes through its parser, but values can be nested by a loop.
    private const int DeepestNesting = 200;

    /// <summary>As <c>{{ value }}</c> prints it.</summary>
    public static string Print(object value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Represent(value),
    };

    /// <summary>As printed inside a list: strings in quotes.</summary>
    public static string Represent(object value)
    {
        var text = new StringBuilder();
        Append(value, text, DeepestNesting);
        return text.ToString();
    }

    public static string OfFloat(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        // .NET's shortest round-trip digits are Python's; only where the point stands differs.
        (string digits, int exponent) = Scientific(Math.Abs(number).ToString("R", CultureInfo.InvariantCulture));
        string sign = double.IsNegative(number) ? "-" : "";
        if (exponent is >= LargestFullExponent or < SmallestFullExponent)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        return sign + (exponent < 0
            ? "0." + new string('0', -exponent - 1) + digits
            : digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0') + ".0" : digits[..(exponent + 1)] + "." + digits[(exponent + 1)..]);
    }

    // The significant digits without zeros at either end, and the power of ten of the first.
    private static (string Digits, int Exponent) Scientific(string number)
    {
        int mark = number.IndexOf('E', StringComparison.Ordinal);
        int power = mark < 0 ? 0 : int.Parse(number.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = mark < 0 ? number : number[..mark];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int wholeCount = point < 0 ? mantissa.Length : point;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int leadingZeros = digits.Length - digits.TrimStart('0').Length;
        return leadingZeros == digits.Length ? ("0", 0) : (digits.Trim('0'), power + wholeCount - 1 - leadingZeros);
    }

    private static void Append(object value, StringBuilder text, int depthLeft)
    {
        if (depthLeft == 0)
        {
            throw new TemplateFault($"a value is nested deeper than {DeepestNesting}");
        }

        ValueWeight.Require(text.Length);
        switch (value)
        {
            case string content:
                TextRepresentation.Append(content, text);
                break;
            case bool flag:
                text.Append(flag ? "True" : "False");
                break;
            case BigInteger integer:
                text.Append(Numbers.Text(integer));
                break;
            case double number:
                text.Append(OfFloat(number));
                break;
            case None:
                text.Append("None");
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            case Sequence sequence:
                AppendSequence(sequence, text, depthLeft);
                break;
            case Mapping mapping:
                AppendMapping(mapping, text, depthLeft);
                break;
            case LoopState loop:
                text.Append(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index + 1}/{loop.Count}>");
                break;
            case Namespace names:
                text.Append("<Namespace ");
                AppendMapping(names.Attributes, text, depthLeft);
                text.Append('>');
                break;
            default:
                throw new TemplateFault($"a {TypeNames.Of(value)} cannot be printed");
        }
    }

    private static void AppendSequence(Sequence sequence, StringBuilder text, int depthLeft)
    {
        (string open, string close) = sequence.Kind switch
        {
            SequenceKind.List => ("[", "]"),
            SequenceKind.Tuple => ("(", sequence.Items.Count == 1 ? ",)" : ")"),
            SequenceKind.Keys => ("dict_keys([", "])"),
            SequenceKind.Values => ("dict_values([", "])"),
            SequenceKind.Pairs => ("dict_items([", "])"),
            _ => throw new TemplateFault("a range cannot be printed; make it a list first"),
        };
        text.Append(open);
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            text.Append(i > 0 ? ", " : "");
            Append(sequence.Items[i], text, depthLeft - 1);
        }

        text.Append(close);
    }

    private static void AppendMapping(Mapping mapping, StringBuilder text, int depthLeft)
    {
        text.Append('{');
        string separator = "";
        foreach ((object key, object value) in mapping.Entries)
        {
            text.Append(separator);
            Append(key, text, depthLeft - 1);
            text.Append(": ");
            Append(value, text, depthLeft - 1);
            separator = ", ";
        }

        text.Append('}');
    }
}
