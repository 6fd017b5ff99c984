namespace AlignService.Cli.Watching;

/// <summary>A curve in one line of text.</summary>
internal static class Sparkline
{
    private const string Levels = "▁▂▃▄▅▆▇█";

    /// <summary>At most <paramref name="width"/> characters; more values are averaged in equal groups.</summary>
    public static string Draw(IReadOnlyList<double> values, int width)
    {
        int count = Math.Min(width, values.Count);
        var points = new double[count];
        for (int i = 0; i < count; i++)
        {
            int from = (int)((long)i * values.Count / count), to = (int)((long)(i + 1) * values.Count / count);
            points[i] = values.Skip(from).Take(to - from).Average();
        }

        var finite = points.Where(double.IsFinite).DefaultIfEmpty(0);
        double low = finite.Min(), high = finite.Max();
        return string.Concat(points.Select(point => !double.IsFinite(point) ? ' ' : high > low ? Levels[(int)((point - low) / (high - low) * (Levels.Length - 1))] : Levels[0]));
    }
}
