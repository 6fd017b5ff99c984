using System.Globalization;
using System.Numerics;

namespace AlignService.Specs.Rewards.Numbers;

/// <summary>Reads one number without operators: digits in groups or not, decimals, a period that repeats, an exponent.</summary>
/// <param name="cursor">At its first digit or decimal point.</param>
/// <param name="groupsBySpace">Whether a usual space separates groups of three digits.</param>
internal sealed class DecimalReader(TextCursor cursor, bool groupsBySpace)
{
    /// <summary>Digits of one number, and the largest exponent; beyond them nothing is read as a number.</summary>
    public const int MaxDigits = 400;

    private const string Bar = @"\overline{";

    /// <summary>The number; null, with the cursor behind it, where it is not one.</summary>
    public ExactNumber? Read()
    {
        int start = cursor.At;
        string whole = Underscored(), decimals = "", period = "";
        if (whole == "0" && cursor.Next is 'x' or 'X' && cursor.At + 1 < cursor.Text.Length && char.IsAsciiHexDigit(cursor.Text[cursor.At + 1]))
        {
            cursor.SkipWhile(char.IsAsciiLetterOrDigit);
            return null;
        }

        if (whole.Length is > 0 and <= 3 && EuropeanEnd() is { } comma)
        {
            (whole, cursor.At) = (cursor.Text[start..comma].Replace(".", "", StringComparison.Ordinal), comma + 1);
            decimals = cursor.Digits();
        }
        else
        {
            whole = whole.Length is > 0 and <= 3 ? Grouped(whole) : whole;
            if (cursor.Next == '.' && (cursor.IsDigit(cursor.At + 1) || cursor.Text.AsSpan(cursor.At + 1).StartsWith(Bar, StringComparison.Ordinal)))
            {
                cursor.At++;
                (decimals, period) = (cursor.Digits(), Overlined());
            }
        }

        int exponent = Exponent();
        if (cursor.Next is '.' or ':' && cursor.IsDigit(cursor.At + 1))
        {
            // A version, a time.
            cursor.SkipWhile(letter => char.IsAsciiDigit(letter) || letter is '.' or ':');
            return null;
        }

        if (whole.Length + decimals.Length + period.Length > MaxDigits || Math.Abs(exponent) > MaxDigits)
        {
            return null;
        }

        ExactNumber value = new(Integer(whole + decimals), BigInteger.Pow(10, decimals.Length));
        if (period.Length > 0)
        {
            value += new ExactNumber(Integer(period), BigInteger.Pow(10, decimals.Length) * (BigInteger.Pow(10, period.Length) - 1));
        }

        return value * ExactNumber.Power(new(10, 1), exponent);
    }

    /// <summary>Digits with underscores between them.</summary>
    private string Underscored()
    {
        string digits = cursor.Digits();
        while (digits.Length > 0 && cursor.Next == '_' && cursor.IsDigit(cursor.At + 1))
        {
            cursor.At++;
            digits += cursor.Digits();
        }

        return digits;
    }

    /// <summary>Groups of three behind the first one, all with the same separator.</summary>
    private string Grouped(string first)
    {
        char separator = cursor.Next;
        if (separator is not (',' or '\'' or NumberNotation.GroupSpace) && !(groupsBySpace && separator == ' '))
        {
            return first;
        }

        int start = cursor.At;
        string digits = first;
        while (cursor.Next == separator && cursor.IsDigit(cursor.At + 1) && cursor.IsDigit(cursor.At + 2) && cursor.IsDigit(cursor.At + 3) && !cursor.IsDigit(cursor.At + 4))
        {
            digits += cursor.Text.Substring(cursor.At + 1, 3);
            cursor.At += 4;
        }

        if (cursor.Next == separator && cursor.IsDigit(cursor.At + 1) && separator == ',' && cursor.At > start)
        {
            // 1,234,5: a list, whose first item is one number.
            (cursor.At, digits) = (start, first);
        }

        return digits;
    }

    /// <summary>Where the comma of 1.234.567,89 is; null where the cursor.Text is of another form. One period alone before it would be a decimal point.</summary>
    private int? EuropeanEnd()
    {
        int at = cursor.At;
        while (at < cursor.Text.Length && cursor.Text[at] == '.' && cursor.IsDigit(at + 1) && cursor.IsDigit(at + 2) && cursor.IsDigit(at + 3) && !cursor.IsDigit(at + 4))
        {
            at += 4;
        }

        return at > cursor.At && at < cursor.Text.Length && cursor.Text[at] == ',' && cursor.IsDigit(at + 1) ? at : null;
    }

    private string Overlined()
    {
        if (!cursor.Starts(Bar) || cursor.Text.IndexOf('}', cursor.At) is var end && end < 0)
        {
            return "";
        }

        string period = cursor.Text[(cursor.At + Bar.Length)..end].Trim();
        if (period.Length == 0 || !period.All(char.IsAsciiDigit))
        {
            return "";
        }

        cursor.At = end + 1;
        return period;
    }

    /// <summary>As in 1e3 and 2.5E-4; 0 where there is none.</summary>
    private int Exponent()
    {
        int at = cursor.At + 1;
        if (cursor.Next is not ('e' or 'E'))
        {
            return 0;
        }

        bool isNegative = at < cursor.Text.Length && cursor.Text[at] == '-';
        at += at < cursor.Text.Length && cursor.Text[at] is '-' or '+' ? 1 : 0;
        int first = at;
        while (cursor.IsDigit(at))
        {
            at++;
        }

        if (at == first || (at < cursor.Text.Length && char.IsLetter(cursor.Text[at])))
        {
            return 0;
        }

        int size = at - first > 4 ? int.MaxValue : int.Parse(cursor.Text.AsSpan(first, at - first), NumberStyles.None, CultureInfo.InvariantCulture);
        cursor.At = at;
        return isNegative ? -size : size;
    }

    public static BigInteger Integer(string digits) => digits.Length == 0 ? 0 : BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
