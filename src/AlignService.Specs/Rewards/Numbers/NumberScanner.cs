using System.Globalization;
using System.Numerics;

namespace AlignService.Specs.Rewards.Numbers;

/// <summary>
/// Reads the numbers of a plain text (<see cref="NumberText"/>) from left to right. What looks like a number but is not one by itself, such as 3\sqrt{2}, 1.2.3, a date
/// or a time, is null: no part of it is taken for the whole.
/// </summary>
/// <param name="text">Plain.</param>
/// <param name="groupsBySpace">Whether a usual space separates groups of three digits, as in 12 345.</param>
/// <param name="depth">Of fractions around this text.</param>
internal sealed class NumberScanner(string text, bool groupsBySpace, int depth = 0)
{
    private const int MaxDepth = 8;

    /// <summary>Digits of one number, and the largest exponent; beyond them nothing is read as a number.</summary>
    private const int MaxDigits = 400;

    private static readonly HashSet<string> Irrational = ["sqrt", "pi", "infty", "log", "ln", "exp", "sin", "cos", "tan", "binom", "pm", "mp"];

    private int _at;

    private char Next => _at < text.Length ? text[_at] : '\0';

    public IEnumerable<ExactNumber?> Read()
    {
        while (_at < text.Length)
        {
            if (StartsNumber())
            {
                yield return Number();
            }
            else if (char.IsLetter(Next) || Next == '\\')
            {
                if (Irrational.Contains(SkipWord()))
                {
                    SkipArguments();
                    yield return null;
                }
            }
            else if (Next is '^' or '_')
            {
                // An exponent or index of something that is not a number.
                _at++;
                SkipArgument();
            }
            else
            {
                _at++;
            }
        }
    }

    private bool StartsNumber() => char.IsAsciiDigit(Next) || (Next == '.' && IsDigit(_at + 1)) || IsFraction();

    private bool IsFraction() => text.AsSpan(_at).StartsWith(@"\frac", StringComparison.Ordinal) && !(_at + 5 < text.Length && char.IsAsciiLetter(text[_at + 5]));

    private bool IsDigit(int at) => at < text.Length && char.IsAsciiDigit(text[at]);

    /// <summary>Past a command or a word, which it returns. Digits belong to a name of one letter (x1, H2O), not to a longer word (Rs500).</summary>
    private string SkipWord()
    {
        int start = _at++;
        bool isCommand = text[start] == '\\';
        int first = isCommand ? _at : start;
        while (char.IsLetter(Next))
        {
            _at++;
        }

        string word = text[first.._at];
        if (isCommand)
        {
            return word;
        }

        while (word.Length == 1 && char.IsLetterOrDigit(Next))
        {
            _at++;
        }

        return Next == '(' ? word : "";
    }

    private ExactNumber? Number()
    {
        bool isNegative = IsNegative();
        bool isFraction = IsFraction();
        ExactNumber? value = isFraction ? Fraction() : Plain();
        value = isFraction ? value : Mixed(value);
        value = Scaled(Raised(value));
        value = Divided(value);
        if (FollowedByIrrational())
        {
            return null;
        }

        return isNegative && value is { } number ? -number : value;
    }

    /// <summary>A sign counts unless it stands between two terms, as in 5-3.</summary>
    private bool IsNegative()
    {
        int at = _at - 1;
        while (at > 0 && text[at] is '$' or '\u20AC' or '\u00A3' or '\u00A5')
        {
            at--;
        }

        return at >= 0 && text[at] == '-' && (at == 0 || !(char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '_' or '.' or ')' or '}'));
    }

    /// <summary>Digits in groups or not, decimals, a period that repeats, an exponent.</summary>
    private ExactNumber? Plain()
    {
        int start = _at;
        string whole = Digits(), decimals = "", period = "";
        if (whole == "0" && Next is 'x' or 'X' && _at + 1 < text.Length && char.IsAsciiHexDigit(text[_at + 1]))
        {
            SkipWhile(char.IsAsciiLetterOrDigit);
            return null;
        }

        if (whole.Length is > 0 and <= 3 && EuropeanEnd() is { } comma)
        {
            (whole, _at) = (text[start..comma].Replace(".", "", StringComparison.Ordinal), comma + 1);
            decimals = Run();
        }
        else
        {
            whole = whole.Length is > 0 and <= 3 ? Grouped(whole) : whole;
            if (Next == '.' && (IsDigit(_at + 1) || text.AsSpan(_at + 1).StartsWith(@"\overline{", StringComparison.Ordinal)))
            {
                _at++;
                (decimals, period) = (Run(), Overlined());
            }
        }

        int exponent = Exponent();
        if (Next is '.' or ':' && IsDigit(_at + 1))
        {
            // A version, a time.
            SkipWhile(letter => char.IsAsciiDigit(letter) || letter is '.' or ':');
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

    private string Run()
    {
        int start = _at;
        SkipWhile(char.IsAsciiDigit);
        return text[start.._at];
    }

    /// <summary>Digits with underscores between them.</summary>
    private string Digits()
    {
        string digits = Run();
        while (digits.Length > 0 && Next == '_' && IsDigit(_at + 1))
        {
            _at++;
            digits += Run();
        }

        return digits;
    }

    /// <summary>Groups of three behind the first one, all with the same separator.</summary>
    private string Grouped(string first)
    {
        char separator = Next;
        if (separator is not (',' or '\'' or NumberText.GroupSpace) && !(groupsBySpace && separator == ' '))
        {
            return first;
        }

        int start = _at;
        string digits = first;
        while (Next == separator && IsDigit(_at + 1) && IsDigit(_at + 2) && IsDigit(_at + 3) && !IsDigit(_at + 4))
        {
            digits += text.Substring(_at + 1, 3);
            _at += 4;
        }

        if (Next == separator && IsDigit(_at + 1) && separator == ',' && _at > start)
        {
            // 1,234,5: a list, whose first item is one number.
            (_at, digits) = (start, first);
        }

        return digits;
    }

    /// <summary>Where the comma of 1.234.567,89 is; null where the text is of another form. One period alone before it would be a decimal point.</summary>
    private int? EuropeanEnd()
    {
        int at = _at;
        while (at < text.Length && text[at] == '.' && IsDigit(at + 1) && IsDigit(at + 2) && IsDigit(at + 3) && !IsDigit(at + 4))
        {
            at += 4;
        }

        return at > _at && at < text.Length && text[at] == ',' && IsDigit(at + 1) ? at : null;
    }

    private string Overlined()
    {
        const string bar = @"\overline{";
        if (!text.AsSpan(_at).StartsWith(bar, StringComparison.Ordinal) || text.IndexOf('}', _at) is var end && end < 0)
        {
            return "";
        }

        string period = text[(_at + bar.Length)..end].Trim();
        if (period.Length == 0 || !period.All(char.IsAsciiDigit))
        {
            return "";
        }

        _at = end + 1;
        return period;
    }

    /// <summary>As in 1e3 and 2.5E-4; 0 where there is none.</summary>
    private int Exponent()
    {
        int at = _at + 1;
        if (Next is not ('e' or 'E'))
        {
            return 0;
        }

        bool isNegative = at < text.Length && text[at] == '-';
        at += at < text.Length && text[at] is '-' or '+' ? 1 : 0;
        int first = at;
        while (IsDigit(at))
        {
            at++;
        }

        if (at == first || (at < text.Length && char.IsLetter(text[at])))
        {
            return 0;
        }

        int size = at - first > 4 ? int.MaxValue : int.Parse(text.AsSpan(first, at - first), NumberStyles.None, CultureInfo.InvariantCulture);
        _at = at;
        return isNegative ? -size : size;
    }

    /// <summary>\frac{3}{4}, \frac34.</summary>
    private ExactNumber? Fraction()
    {
        _at += @"\frac".Length;
        ExactNumber? above = Argument(), below = Argument();
        return above is { } over && below is { } under && under != ExactNumber.Zero ? over / under : null;
    }

    private ExactNumber? Argument()
    {
        SkipWhile(char.IsWhiteSpace);
        int start = _at;
        if (char.IsAsciiDigit(Next))
        {
            _at++;
            return new ExactNumber(text[start] - '0', 1);
        }

        SkipArgument();
        if (depth >= MaxDepth)
        {
            return null;
        }

        string inside = text[start.._at].Trim('{', '}', ' ');
        ExactNumber?[] numbers = [.. new NumberScanner(inside, groupsBySpace: true, depth + 1).Read().Take(2)];
        // A number and nothing else: 2x is not one.
        return numbers is [{ } only] && inside.All(letter => !char.IsLetter(letter)) ? only : numbers is [{ } fraction] && inside.StartsWith(@"\frac", StringComparison.Ordinal) ? fraction : null;
    }

    /// <summary>1 1/2, 1\frac{1}{2}: a whole number and a fraction below 1.</summary>
    private ExactNumber? Mixed(ExactNumber? whole)
    {
        int start = _at;
        SkipWhile(letter => letter is ' ' or NumberText.GroupSpace);
        ExactNumber? part = null;
        if (whole is { IsWhole: true } && _at < text.Length)
        {
            if (IsFraction())
            {
                part = Fraction();
                if (part is null)
                {
                    return null;
                }
            }
            else if (_at > start && char.IsAsciiDigit(Next))
            {
                string above = Run();
                if (Next == '/' && IsDigit(_at + 1) && above.Length <= MaxDigits)
                {
                    _at++;
                    string below = Run();
                    part = below.Length <= MaxDigits && !Integer(below).IsZero && Next != '/' ? new ExactNumber(Integer(above), Integer(below)) : null;
                }
            }
        }

        if (part is { } fraction && fraction.Numerator < fraction.Denominator && fraction.Numerator.Sign > 0)
        {
            return whole!.Value + fraction;
        }

        _at = start;
        return whole;
    }

    /// <summary>2^{10}, 10^-3.</summary>
    private ExactNumber? Raised(ExactNumber? value)
    {
        int start = _at;
        SkipSpaces();
        if (Next != '^')
        {
            _at = start;
            return value;
        }

        _at++;
        return Power() is { } exponent && value is { } number && Math.Abs((long)exponent) * number.Numerator.GetBitLength() <= 4 * MaxDigits && (exponent >= 0 || number != ExactNumber.Zero)
            ? ExactNumber.Power(number, exponent)
            : null;
    }

    /// <summary>The exponent behind ^; null where it is not a whole number.</summary>
    private int? Power()
    {
        SkipSpaces();
        int start = _at;
        if (Next is '-' or '+')
        {
            _at++;
            SkipWhile(char.IsAsciiDigit);
        }
        else if (char.IsAsciiDigit(Next))
        {
            SkipWhile(char.IsAsciiDigit);
        }
        else
        {
            SkipArgument();
        }

        return int.TryParse(text[start.._at].Trim('{', '}', '(', ')', ' '), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent) && Math.Abs((long)exponent) <= MaxDigits ? exponent : null;
    }

    /// <summary>1.5*10^3, 3 x 10^8; any other product is not one number.</summary>
    private ExactNumber? Scaled(ExactNumber? value)
    {
        int start = _at;
        SkipSpaces();
        if (Next is '*' or 'x' or 'X')
        {
            _at++;
            SkipSpaces();
            if (text.AsSpan(_at).StartsWith("10", StringComparison.Ordinal) && !IsDigit(_at + 2))
            {
                _at += 2;
                SkipSpaces();
                if (Next == '^')
                {
                    _at++;
                    return Power() is { } exponent && value is { } number ? number * ExactNumber.Power(new(10, 1), exponent) : null;
                }

                return null;
            }

            if (StartsNumber())
            {
                SkipFactors();
                return null;
            }
        }

        _at = start;
        return value;
    }

    private void SkipFactors()
    {
        bool isFactor = true;
        while (isFactor && StartsNumber())
        {
            _ = IsFraction() ? Fraction() : Plain();
            SkipSpaces();
            isFactor = Next is '*' or 'x' or 'X';
            _at += isFactor ? 1 : 0;
            SkipSpaces();
        }
    }

    /// <summary>3/4; a date has two strokes.</summary>
    private ExactNumber? Divided(ExactNumber? value)
    {
        int start = _at;
        SkipSpaces();
        if (Next == '/')
        {
            _at++;
            SkipSpaces();
            if (StartsNumber())
            {
                ExactNumber? below = Raised(IsFraction() ? Fraction() : Plain());
                if (Next == '/' && IsDigit(_at + 1))
                {
                    SkipWhile(letter => char.IsAsciiDigit(letter) || letter == '/');
                    return null;
                }

                return value is { } above && below is { } under && under != ExactNumber.Zero ? above / under : null;
            }
        }

        _at = start;
        return value;
    }

    /// <summary>Past what makes another number of the one before it: 2\pi, 3\sqrt{2}, 5\alpha.</summary>
    private bool FollowedByIrrational()
    {
        int start = _at;
        SkipSpaces();
        bool isBehindSpace = _at > start;
        if (Next == '*')
        {
            _at++;
            SkipSpaces();
        }

        int word = _at;
        if ((Next == '\\' || char.IsLetter(Next)) && !IsFraction())
        {
            string name = SkipWord();
            if (Irrational.Contains(name) || (text[word] == '\\' && !isBehindSpace && name.Length > 0))
            {
                SkipArguments();
                return true;
            }
        }

        _at = start;
        return false;
    }

    private void SkipArguments()
    {
        while (Next is '{' or '[' or '(')
        {
            SkipArgument();
        }

        if (char.IsAsciiDigit(Next) || Next == ' ')
        {
            SkipSpaces();
            SkipWhile(letter => char.IsAsciiDigit(letter) || letter == '.');
        }
    }

    /// <summary>A group in brackets, balanced, or one character.</summary>
    private void SkipArgument()
    {
        SkipSpaces();
        (char open, char close) = Next switch { '{' => ('{', '}'), '[' => ('[', ']'), '(' => ('(', ')'), _ => ('\0', '\0') };
        if (open == '\0')
        {
            _at = Math.Min(text.Length, _at + 1);
            return;
        }

        int depth = 0;
        while (_at < text.Length)
        {
            depth += Next == open ? 1 : Next == close ? -1 : 0;
            _at++;
            if (depth == 0)
            {
                return;
            }
        }
    }

    private void SkipSpaces() => SkipWhile(letter => letter is ' ' or NumberText.GroupSpace);

    private void SkipWhile(Func<char, bool> holds)
    {
        while (_at < text.Length && holds(text[_at]))
        {
            _at++;
        }
    }

    private static BigInteger Integer(string digits) => digits.Length == 0 ? 0 : BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
