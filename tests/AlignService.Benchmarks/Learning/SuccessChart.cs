using System.Globalization;

namespace AlignService.Benchmarks.Learning;

/// <summary>Held-out success over steps as an SVG picture: one panel a variant, one line a seed.</summary>
internal static class SuccessChart
{
    private const int PanelsPerRow = 4;
    private const double PanelWidth = 220, PanelHeight = 150, Left = 40, Top = 34, PlotWidth = 165, PlotHeight = 85;
    private static readonly string[] Colors = ["#3f6fd8", "#d8783f", "#3f9d6b"];

    public static IEnumerable<string> Lines(IReadOnlyList<LearningCurve> curves)
    {
        IGrouping<string, LearningCurve>[] panels = [.. curves.GroupBy(curve => curve.Variant)];
        int rowCount = (panels.Length + PanelsPerRow - 1) / PanelsPerRow;
        yield return Format($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {PanelWidth * PanelsPerRow} {PanelHeight * rowCount}\" font-family=\"system-ui, sans-serif\" font-size=\"10\" fill=\"#888\">");
        yield return "<title>Held-out success in percent over steps</title>";
        for (int i = 0; i < panels.Length; i++)
        {
            yield return Format($"<g transform=\"translate({PanelWidth * (i % PanelsPerRow)} {PanelHeight * (i / PanelsPerRow)})\">");
            foreach (string line in Panel(panels[i].Key, [.. panels[i]]))
            {
                yield return line;
            }

            yield return "</g>";
        }

        yield return "</svg>";
    }

    private static IEnumerable<string> Panel(string name, LearningCurve[] curves)
    {
        int lastStep = Math.Max(1, curves.Max(curve => curve.Points[^1].Step));
        yield return Format($"<text x=\"{Left}\" y=\"{Top - 14}\" font-size=\"12\" font-weight=\"600\">{name}</text>");
        foreach (int percent in new[] { 0, 50, 100 })
        {
            yield return Format($"<path d=\"M{Left} {Y(percent / 100.0)}h{PlotWidth}\" stroke=\"#8884\"/><text x=\"{Left - 6}\" y=\"{Y(percent / 100.0) + 3}\" text-anchor=\"end\">{percent}%</text>");
        }

        yield return Format($"<text x=\"{Left}\" y=\"{Top + PlotHeight + 14}\">step 0</text><text x=\"{Left + PlotWidth}\" y=\"{Top + PlotHeight + 14}\" text-anchor=\"end\">{lastStep}</text>");
        foreach (LearningCurve curve in curves)
        {
            IEnumerable<string> points = curve.Points.Where(point => point.Success is not null)
                .Select(point => Format($"{Left + (PlotWidth * point.Step / lastStep):F1},{Y(point.Success!.Mean):F1}"));
            yield return Format($"<polyline fill=\"none\" stroke-width=\"1.6\" stroke=\"{Colors[curve.Seed % (ulong)Colors.Length]}\" points=\"{string.Join(' ', points)}\"><title>seed {curve.Seed}</title></polyline>");
        }
    }

    private static double Y(double share) => Top + (PlotHeight * (1 - share));

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
