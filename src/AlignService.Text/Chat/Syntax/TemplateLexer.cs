using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Syntax;

/// <summary>
/// Splits a template into text and tags, with Jinja's rules for white space as transformers sets them: trim_blocks, lstrip_blocks, one trailing
/// newline removed, every line ending read as LF.
/// </summary>
internal sealed class TemplateLexer
{
    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _atLineStart = true;

    private TemplateLexer(string source) => _source = source;

    public static List<TemplateToken> Read(string template)
    {
        string source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new TemplateLexer(source.EndsWith('\n') ? source[..^1] : source);
        while (lexer._position < lexer._source.Length)
        {
            lexer.ReadTextAndTag();
        }

        lexer.Emit(TemplateTokenKind.End, "");
        return lexer._tokens;
    }

    private void ReadTextAndTag()
    {
        int tag = _position;
        while (tag < _source.Length && !(_source[tag] == '{' && tag + 1 < _source.Length && _source[tag + 1] is '%' or '{' or '#'))
        {
            tag++;
        }

        if (tag >= _source.Length)
        {
            EmitText(_source[_position..]);
            _position = _source.Length;
            return;
        }

        char kind = _source[tag + 1];
        char sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : '\0';
        string text = StrippedBeforeTag(_source[_position..tag], sign, isOutput: kind == '{');
        int lineOfTag = _line + Lines(_source.AsSpan(_position, tag - _position));
        EmitText(text);
        _line = lineOfTag;
        _position = tag + (sign == '\0' ? 2 : 3);
        switch (kind)
        {
            case '#':
                SkipComment();
                break;
            case '%' when RawEnd() is { } bodyStart:
                ReadRaw(bodyStart);
                break;
            default:
                ReadTag(kind == '{');
                break;
        }
    }

    // A dash takes all white space before the tag; lstrip_blocks takes the blanks between a line's start and a tag that prints nothing.
    private string StrippedBeforeTag(string text, char sign, bool isOutput)
    {
        if (sign == '-')
        {
            return PythonSpace.TrimEnd(text);
        }

        if (sign == '+' || isOutput)
        {
            return text;
        }

        int lineStart = text.LastIndexOf('\n') + 1;
        return (lineStart > 0 || _atLineStart) && text.AsSpan(lineStart).IndexOfAnyExcept(PythonSpace.Characters) < 0 ? text[..lineStart] : text;
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Wrong("the comment has no end '#}'");
        }

        char sign = end > _position && _source[end - 1] is '-' or '+' ? _source[end - 1] : '\0';
        MoveTo(AfterTag(end + 2, sign));
    }

    /// <summary>If the tag just opened is <c>raw</c>: where its text starts.</summary>
    private int? RawEnd()
    {
        int at = SkipSpace(_position);
        if (string.CompareOrdinal(_source, at, "raw", 0, 3) != 0)
        {
            return null;
        }

        at = SkipSpace(at + 3);
        bool strips = at < _source.Length && _source[at] == '-';
        at += strips ? 1 : 0;
        // trim_blocks does not reach behind this tag.
        return string.CompareOrdinal(_source, at, "%}", 0, 2) != 0 ? null : strips ? SkipSpace(at + 2) : at + 2;
    }

    private void ReadRaw(int bodyStart)
    {
        MoveTo(bodyStart);
        for (int tag = bodyStart; (tag = _source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag++)
        {
            char sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : '\0';
            int at = SkipSpace(tag + (sign == '\0' ? 2 : 3));
            if (string.CompareOrdinal(_source, at, "endraw", 0, 6) != 0)
            {
                continue;
            }

            at = SkipSpace(at + 6);
            char endSign = at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';
            at += endSign == '\0' ? 0 : 1;
            if (string.CompareOrdinal(_source, at, "%}", 0, 2) == 0)
            {
                EmitText(StrippedBeforeTag(_source[bodyStart..tag], sign, isOutput: false));
                MoveTo(AfterTag(at + 2, endSign));
                return;
            }
        }

        throw Wrong("the raw block has no end '{% endraw %}'");
    }

    private void ReadTag(bool isOutput)
    {
        Emit(isOutput ? TemplateTokenKind.OutputBegin : TemplateTokenKind.BlockBegin, isOutput ? "{{" : "{%");
        var lexer = new TagLexer(_source, _position, _line, isOutput, _tokens);
        (int end, char sign) = lexer.Read();
        _line = lexer.Line;
        _position = end;
        Emit(isOutput ? TemplateTokenKind.OutputEnd : TemplateTokenKind.BlockEnd, isOutput ? "}}" : "%}");
        MoveTo(isOutput ? (sign == '-' ? SkipSpace(end + 2) : end + 2) : AfterTag(end + 2, sign));
    }

    // Behind a block or a comment: a dash takes all white space, otherwise trim_blocks takes one newline, unless a plus forbids it.
    private int AfterTag(int end, char sign) => sign switch
    {
        '-' => SkipSpace(end),
        '+' => end,
        _ => end < _source.Length && _source[end] == '\n' ? end + 1 : end,
    };

    private int SkipSpace(int at)
    {
        while (at < _source.Length && PythonSpace.Is(_source[at]))
        {
            at++;
        }

        return at;
    }

    private void MoveTo(int position)
    {
        _line += Lines(_source.AsSpan(_position, position - _position));
        _position = position;
        _atLineStart = position > 0 && _source[position - 1] == '\n';
    }

    private static int Lines(ReadOnlySpan<char> text) => text.Count('\n');

    private void EmitText(string text)
    {
        if (text.Length > 0)
        {
            Emit(TemplateTokenKind.Data, text);
        }
    }

    private void Emit(TemplateTokenKind kind, string text) => _tokens.Add(new TemplateToken(kind, text, _line));

    private CheckpointException Wrong(string what) => TemplateSyntax.Wrong(_line, what);
}
