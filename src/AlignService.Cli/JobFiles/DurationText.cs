using System.Globalization;
using System.Text.RegularExpressions;

namespace AlignService.Cli.JobFiles;

/// <summary>Durations as people write them: 90s, 30m, 1h30m, 2d, 0.5h.</summary>
internal static partial class DurationText
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var match = Parts().Match(text.Trim());
        if (!match.Success)
        {
            return false;
        }

        double seconds = 0;
        foreach (Capture part in match.Groups["part"].Captures)
        {
            double count = double.Parse(part.Value[..^1], CultureInfo.InvariantCulture);
            seconds += count * part.Value[^1] switch { 'd' => 86400, 'h' => 3600, 'm' => 60, _ => 1 };
        }

        if (seconds > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    public static string ToProtoJson(TimeSpan duration) => duration.TotalSeconds.ToString("0.#######", CultureInfo.InvariantCulture) + "s";

    [GeneratedRegex(@"^(?<part>\d+(\.\d+)?[dhms])+$")]
    private static partial Regex Parts();
}
