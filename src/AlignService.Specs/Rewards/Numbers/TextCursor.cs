namespace AlignService.Specs.Rewards.Numbers;

/// <summary>A place in a text, and the steps forward that readers of numbers take.</summary>
internal sealed class TextCursor(string text)
{
    public string Text => text;

    public int At { get; set; }

    public bool IsAtEnd => At >= text.Length;

    /// <summary>The character at the place; NUL behind the end.</summary>
    public char Next => At < text.Length ? text[At] : '\0';

    public bool IsDigit(int at) => at < text.Length && char.IsAsciiDigit(text[at]);

    public bool Starts(string what) => text.AsSpan(Math.Min(At, text.Length)).StartsWith(what, StringComparison.Ordinal);

    public string Digits()
    {
        int start = At;
        SkipWhile(char.IsAsciiDigit);
        return text[start..At];
    }

    public void SkipSpaces() => SkipWhile(letter => letter is ' ' or NumberNotation.GroupSpace);

    public void SkipWhile(Func<char, bool> holds)
    {
        while (At < text.Length && holds(text[At]))
        {
            At++;
        }
    }

    /// <summary>A group in brackets, balanced, or one character.</summary>
    public void SkipArgument()
    {
        SkipSpaces();
        (char open, char close) = Next switch { '{' => ('{', '}'), '[' => ('[', ']'), '(' => ('(', ')'), _ => ('\0', '\0') };
        if (open == '\0')
        {
            At = Math.Min(text.Length, At + 1);
            return;
        }

        int depth = 0;
        while (At < text.Length)
        {
            depth += Next == open ? 1 : Next == close ? -1 : 0;
            At++;
            if (depth == 0)
            {
                return;
            }
        }
    }
}
