using System.Globalization;
using System.Text;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The directives of strftime, with English names.</summary>
internal static class TimeFormat
{
    private const int LongestFormat = 1000;

    public static string Write(DateTimeOffset time, string format)
    {
        if (format.Length > LongestFormat)
        {
            throw new TemplateFault($"strftime_now takes a format of at most {LongestFormat} characters");
        }

        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            text.Append(Directive(time, ++i < format.Length ? format[i] : '\0'));
        }

        return text.ToString();
    }

    private static string Directive(DateTimeOffset time, char letter) => letter switch
    {
        'a' => Formatted(time, "ddd"),
        'A' => Formatted(time, "dddd"),
        'b' => Formatted(time, "MMM"),
        'B' => Formatted(time, "MMMM"),
        'd' => Formatted(time, "dd"),
        'H' => Formatted(time, "HH"),
        'I' => Formatted(time, "hh"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'm' => Formatted(time, "MM"),
        'M' => Formatted(time, "mm"),
        'p' => Formatted(time, "tt"),
        'S' => Formatted(time, "ss"),
        'y' => Formatted(time, "yy"),
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
        '%' => "%",
        _ => throw new TemplateFault($"strftime_now does not support '%{letter}'; supported: %a %A %b %B %d %H %I %j %m %M %p %S %y %Y %%"),
    };

    private static string Formatted(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
