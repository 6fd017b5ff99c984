using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Syntax;

/// <summary>Reads the tokens between the delimiters of one tag.</summary>
internal sealed class TagLexer(string source, int position, int line, bool isOutput, List<TemplateToken> tokens)
{
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private readonly string _end = isOutput ? "}}" : "%}";
    private readonly Stack<char> _open = new();
    private int _position = position;

    public int Line { get; private set; } = line;

    /// <summary>Position of the closing delimiter (after its sign), and the sign before it.</summary>
    public (int End, char Sign) Read()
    {
        while (_position < source.Length)
        {
            if (PythonSpace.Is(source[_position]))
            {
                Line += source[_position++] == '\n' ? 1 : 0;
                continue;
            }

            if (_open.Count == 0 && SeesEnd() is var (end, sign))
            {
                return (end, sign);
            }

            ReadToken();
        }

        throw TemplateSyntax.Wrong(Line, _open.Count > 0 ? $"'{_open.Peek()}' is missing" : $"the tag has no end '{_end}'");
    }

    private (int End, char Sign)? SeesEnd()
    {
        // An output has no form with a plus.
        char sign = source[_position] == '-' || (source[_position] == '+' && !isOutput) ? source[_position] : '\0';
        int at = _position + (sign == '\0' ? 0 : 1);
        return string.CompareOrdinal(source, at, _end, 0, 2) == 0 ? (at, sign) : null;
    }

    private void ReadToken()
    {
        char first = source[_position];
        if (char.IsAsciiDigit(first))
        {
            ReadNumber();
        }
        else if (first == '_' || char.IsLetter(first))
        {
            int end = _position;
            while (end < source.Length && (source[end] == '_' || char.IsLetterOrDigit(source[end])))
            {
                end++;
            }

            Emit(TemplateTokenKind.Name, end);
        }
        else if (first is '\'' or '"')
        {
            ReadText(first);
        }
        else
        {
            ReadOperator();
        }
    }

    private void ReadNumber()
    {
        int end = TemplateNumber.EndOfInteger(source, _position);
        bool mayBeFloat = _position == 0 || source[_position - 1] != '.';
        int floatEnd = mayBeFloat ? TemplateNumber.EndOfFloat(source, _position) : -1;
        if (floatEnd > 0)
        {
            Emit(TemplateTokenKind.Float, floatEnd);
        }
        else
        {
            Emit(TemplateTokenKind.Integer, end);
        }
    }

    private void ReadText(char quote)
    {
        int end = _position + 1;
        while (end < source.Length && source[end] != quote)
        {
            end += source[end] == '\\' ? 2 : 1;
        }

        if (end >= source.Length)
        {
            throw TemplateSyntax.Wrong(Line, $"the string has no closing {quote}");
        }

        string meaning = StringLiteral.Unescape(source[(_position + 1)..end], Line);
        tokens.Add(new TemplateToken(TemplateTokenKind.Text, meaning, Line));
        Line += source.AsSpan(_position, end - _position).Count('\n');
        _position = end + 1;
    }

    private void ReadOperator()
    {
        string sign = Array.Find(Operators, sign => string.CompareOrdinal(source, _position, sign, 0, sign.Length) == 0)
            ?? throw TemplateSyntax.Wrong(Line, $"the character '{source[_position]}' is not allowed in a tag");
        Balance(sign[0]);
        Emit(TemplateTokenKind.Operator, _position + sign.Length);
    }

    private void Balance(char sign)
    {
        char closing = sign switch
        {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            _ => '\0',
        };
        if (closing != '\0')
        {
            _open.Push(closing);
        }
        else if (sign is ')' or ']' or '}' && !(_open.TryPop(out char expected) && expected == sign))
        {
            throw TemplateSyntax.Wrong(Line, $"'{sign}' closes nothing that is open");
        }
    }

    private void Emit(TemplateTokenKind kind, int end)
    {
        tokens.Add(new TemplateToken(kind, source[_position..end], Line));
        _position = end;
    }
}
