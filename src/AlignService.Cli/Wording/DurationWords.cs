namespace AlignService.Cli.Wording;

/// <summary>Durations in two units: 3d 4h, 2m 10s, 8s.</summary>
internal static class DurationWords
{
    public static string Format(TimeSpan duration) => duration switch
    {
        { Days: > 0 } => $"{duration.Days}d {duration.Hours}h",
        { Hours: > 0 } => $"{duration.Hours}h {duration.Minutes}m",
        { Minutes: > 0 } => $"{duration.Minutes}m {duration.Seconds}s",
        _ => $"{Math.Max(0, (int)duration.TotalSeconds)}s",
    };
}
