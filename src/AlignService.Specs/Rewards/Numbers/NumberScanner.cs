using System.Globalization;

namespace AlignService.Specs.Rewards.Numbers;

/// <summary>
/// Reads the numbers of a plain text (<see cref="NumberNotation"/>) from left to right. What looks like a number but is not one by itself, such as 3\sqrt{2}, 1.2.3, a date
/// or a time, is null: no part of it is taken for the whole.
/// </summary>
/// <param name="text">Plain.</param>
/// <param name="groupsBySpace">Whether a usual space separates groups of three digits, as in 12 345.</param>
/// <param name="depth">Of fractions around this text.</param>
internal sealed class NumberScanner(string text, bool groupsBySpace, int depth = 0)
{
    private const int MaxDepth = 8;

    private static readonly HashSet<string> Irrational = ["sqrt", "pi", "infty", "log", "ln", "exp", "sin", "cos", "tan", "binom", "pm", "mp"];

    private readonly TextCursor _cursor = new(text);

    public IEnumerable<ExactNumber?> Read()
    {
        while (_cursor.At < text.Length)
        {
            if (StartsNumber())
            {
                yield return Number();
            }
            else if (char.IsLetter(_cursor.Next) || _cursor.Next == '\\')
            {
                if (Irrational.Contains(SkipWord()))
                {
                    SkipArguments();
                    yield return null;
                }
            }
            else if (_cursor.Next is '^' or '_')
            {
                // An exponent or index of something that is not a number.
                _cursor.At++;
                _cursor.SkipArgument();
            }
            else
            {
                _cursor.At++;
            }
        }
    }

    private bool StartsNumber() => char.IsAsciiDigit(_cursor.Next) || (_cursor.Next == '.' && _cursor.IsDigit(_cursor.At + 1)) || IsFraction();

    private bool IsFraction() => text.AsSpan(_cursor.At).StartsWith(@"\frac", StringComparison.Ordinal) && !(_cursor.At + 5 < text.Length && char.IsAsciiLetter(text[_cursor.At + 5]));

    /// <summary>Past a command or a word, which it returns. Digits belong to a name of one letter (x1, H2O), not to a longer word (Rs500).</summary>
    private string SkipWord()
    {
        int start = _cursor.At++;
        bool isCommand = text[start] == '\\';
        int first = isCommand ? _cursor.At : start;
        while (char.IsLetter(_cursor.Next))
        {
            _cursor.At++;
        }

        string word = text[first.._cursor.At];
        if (isCommand)
        {
            return word;
        }

        while (word.Length == 1 && char.IsLetterOrDigit(_cursor.Next))
        {
            _cursor.At++;
        }

        return _cursor.Next == '(' ? word : "";
    }

    private ExactNumber? Number()
    {
        bool isNegative = IsNegative();
        bool isFraction = IsFraction();
        ExactNumber? value = isFraction ? Fraction() : Decimal();
        value = isFraction ? value : Mixed(value);
        value = Scaled(Raised(value));
        value = Divided(value);
        if (FollowedByIrrational())
        {
            return null;
        }

        return isNegative && value is { } number ? -number : value;
    }

    private ExactNumber? Decimal() => new DecimalReader(_cursor, groupsBySpace).Read();

    /// <summary>A sign counts unless it stands between two terms, as in 5-3.</summary>
    private bool IsNegative()
    {
        int at = _cursor.At - 1;
        while (at > 0 && text[at] is '$' or '\u20AC' or '\u00A3' or '\u00A5')
        {
            at--;
        }

        return at >= 0 && text[at] == '-' && (at == 0 || !(char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '_' or '.' or ')' or '}'));
    }

    /// <summary>\frac{3}{4}, \frac34.</summary>
    private ExactNumber? Fraction()
    {
        _cursor.At += @"\frac".Length;
        ExactNumber? above = Argument(), below = Argument();
        return above is { } over && below is { } under && under != ExactNumber.Zero ? over / under : null;
    }

    private ExactNumber? Argument()
    {
        _cursor.SkipWhile(char.IsWhiteSpace);
        int start = _cursor.At;
        if (char.IsAsciiDigit(_cursor.Next))
        {
            _cursor.At++;
            return new ExactNumber(text[start] - '0', 1);
        }

        _cursor.SkipArgument();
        if (depth >= MaxDepth)
        {
            return null;
        }

        string inside = text[start.._cursor.At].Trim('{', '}', ' ');
        ExactNumber?[] numbers = [.. new NumberScanner(inside, groupsBySpace: true, depth + 1).Read().Take(2)];
        // A number and nothing else: 2x is not one.
        return numbers is [{ } only] && inside.All(letter => !char.IsLetter(letter)) ? only : numbers is [{ } fraction] && inside.StartsWith(@"\frac", StringComparison.Ordinal) ? fraction : null;
    }

    /// <summary>1 1/2, 1\frac{1}{2}: a whole number and a fraction below 1.</summary>
    private ExactNumber? Mixed(ExactNumber? whole)
    {
        int start = _cursor.At;
        _cursor.SkipWhile(letter => letter is ' ' or NumberNotation.GroupSpace);
        ExactNumber? part = null;
        if (whole is { IsWhole: true } && _cursor.At < text.Length)
        {
            if (IsFraction())
            {
                part = Fraction();
                if (part is null)
                {
                    return null;
                }
            }
            else if (_cursor.At > start && char.IsAsciiDigit(_cursor.Next))
            {
                string above = _cursor.Digits();
                if (_cursor.Next == '/' && _cursor.IsDigit(_cursor.At + 1) && above.Length <= DecimalReader.MaxDigits)
                {
                    _cursor.At++;
                    string below = _cursor.Digits();
                    part = below.Length <= DecimalReader.MaxDigits && !DecimalReader.Integer(below).IsZero && _cursor.Next != '/' ? new ExactNumber(DecimalReader.Integer(above), DecimalReader.Integer(below)) : null;
                }
            }
        }

        if (part is { } fraction && fraction.Numerator < fraction.Denominator && fraction.Numerator.Sign > 0)
        {
            return whole!.Value + fraction;
        }

        _cursor.At = start;
        return whole;
    }

    /// <summary>2^{10}, 10^-3.</summary>
    private ExactNumber? Raised(ExactNumber? value)
    {
        int start = _cursor.At;
        _cursor.SkipSpaces();
        if (_cursor.Next != '^')
        {
            _cursor.At = start;
            return value;
        }

        _cursor.At++;
        return Power() is { } exponent && value is { } number && Math.Abs((long)exponent) * number.Numerator.GetBitLength() <= 4 * DecimalReader.MaxDigits && (exponent >= 0 || number != ExactNumber.Zero)
            ? ExactNumber.Power(number, exponent)
            : null;
    }

    /// <summary>The exponent behind ^; null where it is not a whole number.</summary>
    private int? Power()
    {
        _cursor.SkipSpaces();
        int start = _cursor.At;
        if (_cursor.Next is '-' or '+')
        {
            _cursor.At++;
            _cursor.SkipWhile(char.IsAsciiDigit);
        }
        else if (char.IsAsciiDigit(_cursor.Next))
        {
            _cursor.SkipWhile(char.IsAsciiDigit);
        }
        else
        {
            _cursor.SkipArgument();
        }

        return int.TryParse(text[start.._cursor.At].Trim('{', '}', '(', ')', ' '), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent) && Math.Abs((long)exponent) <= DecimalReader.MaxDigits ? exponent : null;
    }

    /// <summary>1.5*10^3, 3 x 10^8; any other product is not one number.</summary>
    private ExactNumber? Scaled(ExactNumber? value)
    {
        int start = _cursor.At;
        _cursor.SkipSpaces();
        if (_cursor.Next is '*' or 'x' or 'X')
        {
            _cursor.At++;
            _cursor.SkipSpaces();
            if (text.AsSpan(_cursor.At).StartsWith("10", StringComparison.Ordinal) && !_cursor.IsDigit(_cursor.At + 2))
            {
                _cursor.At += 2;
                _cursor.SkipSpaces();
                if (_cursor.Next == '^')
                {
                    _cursor.At++;
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

        _cursor.At = start;
        return value;
    }

    private void SkipFactors()
    {
        bool isFactor = true;
        while (isFactor && StartsNumber())
        {
            _ = IsFraction() ? Fraction() : Decimal();
            _cursor.SkipSpaces();
            isFactor = _cursor.Next is '*' or 'x' or 'X';
            _cursor.At += isFactor ? 1 : 0;
            _cursor.SkipSpaces();
        }
    }

    /// <summary>3/4; a date has two strokes.</summary>
    private ExactNumber? Divided(ExactNumber? value)
    {
        int start = _cursor.At;
        _cursor.SkipSpaces();
        if (_cursor.Next == '/')
        {
            _cursor.At++;
            _cursor.SkipSpaces();
            if (StartsNumber())
            {
                ExactNumber? below = Raised(IsFraction() ? Fraction() : Decimal());
                if (_cursor.Next == '/' && _cursor.IsDigit(_cursor.At + 1))
                {
                    _cursor.SkipWhile(letter => char.IsAsciiDigit(letter) || letter == '/');
                    return null;
                }

                return value is { } above && below is { } under && under != ExactNumber.Zero ? above / under : null;
            }
        }

        _cursor.At = start;
        return value;
    }

    /// <summary>Past what makes another number of the one before it: 2\pi, 3\sqrt{2}, 5\alpha.</summary>
    private bool FollowedByIrrational()
    {
        int start = _cursor.At;
        _cursor.SkipSpaces();
        bool isBehindSpace = _cursor.At > start;
        if (_cursor.Next == '*')
        {
            _cursor.At++;
            _cursor.SkipSpaces();
        }

        int word = _cursor.At;
        if ((_cursor.Next == '\\' || char.IsLetter(_cursor.Next)) && !IsFraction())
        {
            string name = SkipWord();
            if (Irrational.Contains(name) || (text[word] == '\\' && !isBehindSpace && name.Length > 0))
            {
                SkipArguments();
                return true;
            }
        }

        _cursor.At = start;
        return false;
    }

    private void SkipArguments()
    {
        while (_cursor.Next is '{' or '[' or '(')
        {
            _cursor.SkipArgument();
        }

        if (char.IsAsciiDigit(_cursor.Next) || _cursor.Next == ' ')
        {
            _cursor.SkipSpaces();
            _cursor.SkipWhile(letter => char.IsAsciiDigit(letter) || letter == '.');
        }
    }
}
