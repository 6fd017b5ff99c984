using System.Text;
using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>A schema's regular expression, of JavaScript's dialect, as a .NET one without backtracking: no completion can make it slow.</summary>
internal static class SchemaPattern
{
    public static Regex Compile(string pattern, string path)
    {
        if (PatternLimits.FindFault(pattern) is { } tooMuch)
        {
            throw SchemaCompiler.Fault(path, $"a pattern {tooMuch}");
        }

        try
        {
            return PatternLimits.Compile(Translated(pattern));
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw SchemaCompiler.Fault(path, $"the pattern \"{pattern}\" cannot be used: {fault.Message} Look-around and back-references are not supported");
        }
    }

    /// <summary>Adapts what differs in .NET: $ matches only at the very end, \d and \w are ASCII.</summary>
    private static string Translated(string pattern)
    {
        StringBuilder translated = new();
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            char letter = pattern[i];
            if (letter == '\\' && i + 1 < pattern.Length)
            {
                translated.Append(Escape(pattern[++i], inClass));
                continue;
            }

            translated.Append(letter == '$' && !inClass ? @"\z" : letter == '[' && inClass ? @"\[" : letter.ToString());
            inClass = letter == '[' || (inClass && letter != ']');
        }

        return translated.ToString();
    }

    private static string Escape(char letter, bool inClass) => letter switch
    {
        'd' => inClass ? "0-9" : "[0-9]",
        'w' => inClass ? "a-zA-Z0-9_" : "[a-zA-Z0-9_]",
        'D' when !inClass => "[^0-9]",
        'W' when !inClass => "[^a-zA-Z0-9_]",
        _ => $@"\{letter}",
    };
}
