using System.Globalization;
using System.Xml.Linq;

namespace AlignService.Cli.Comparison;

/// <summary>A plot as inline SVG: axes with ticks and units, one line per job, a legend. Colors come from the page, so it suits light and dark.</summary>
/// <param name="title">What is shown.</param>
/// <param name="xLabel">With the unit.</param>
/// <param name="yLabel">With the unit.</param>
internal sealed class LinePlot(string title, string xLabel, string yLabel)
{
    private const int Width = 560, Height = 340, Left = 64, Right = 28, Top = 14, Bottom = 48;
    private const int ColourCount = 6;

    /// <summary>The figure, with its legend; series without points are left out. Null where no series has points.</summary>
    /// <param name="series">One per job, in the order of the table: the position gives the color.</param>
    /// <param name="markPoints">Draw a dot at each point.</param>
    public XElement? Draw(IReadOnlyList<PlotSeries> series, bool markPoints)
    {
        (double X, double Y)[] all = [.. series.SelectMany(one => one.Points).Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))];
        if (all.Length == 0)
        {
            return null;
        }

        var x = new PlotAxis(all.Min(point => point.X), all.Max(point => point.X), Left, Width - Right);
        var y = new PlotAxis(all.Min(point => point.Y), all.Max(point => point.Y), Height - Bottom, Top);
        return new XElement("figure",
            new XElement("figcaption", title),
            new XElement("svg",
                new XAttribute("viewBox", $"0 0 {Width} {Height}"), new XAttribute("role", "img"), new XAttribute("aria-label", $"{title}: {yLabel} over {xLabel}"),
                Axes(x, y),
                series.Select((one, index) => Line(one, index, x, y, markPoints))),
            new XElement("ul", new XAttribute("class", "legend"), series.Select((one, index) => one.Points.Count == 0 ? null
                : new XElement("li", new XElement("span", new XAttribute("class", $"key {Colour(index)}"), ""), one.Label))));
    }

    private IEnumerable<XElement> Axes(PlotAxis x, PlotAxis y)
    {
        foreach (double tick in y.Ticks)
        {
            yield return Segment("grid", Left, y.At(tick), Width - Right, y.At(tick));
            yield return Text(y.Format(tick), "tick", Left - 6, y.At(tick) + 4, "end");
        }

        foreach (double tick in x.Ticks)
        {
            yield return Segment("grid", x.At(tick), Top, x.At(tick), Height - Bottom);
            yield return Text(x.Format(tick), "tick", x.At(tick), Height - Bottom + 16, "middle");
        }

        yield return Segment("axis", Left, Height - Bottom, Width - Right, Height - Bottom);
        yield return Segment("axis", Left, Top, Left, Height - Bottom);
        yield return Text(xLabel, "label", (Left + Width - Right) / 2.0, Height - 10, "middle");
        XElement side = Text(yLabel, "label", 0, 0, "middle");
        side.SetAttributeValue("transform", $"translate(14 {Round((Top + Height - Bottom) / 2.0)}) rotate(-90)");
        yield return side;
    }

    private static XElement Line(PlotSeries series, int index, PlotAxis x, PlotAxis y, bool markPoints)
    {
        string[] points = [.. series.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).Select(point => $"{Round(x.At(point.X))},{Round(y.At(point.Y))}")];
        return new XElement("g",
            new XAttribute("class", $"series {Colour(index)}"),
            new XElement("title", series.Label),
            new XElement("polyline", new XAttribute("points", string.Join(' ', points))),
            markPoints || points.Length == 1 ? points.Select(point => new XElement("circle", new XAttribute("cx", point.Split(',')[0]), new XAttribute("cy", point.Split(',')[1]), new XAttribute("r", 3))) : []);
    }

    /// <summary>Lines are dashed once all colors are used.</summary>
    private static string Colour(int index) => index < ColourCount ? $"c{index}" : $"c{index % ColourCount} dashed";

    private static XElement Segment(string kind, double x1, double y1, double x2, double y2) => new("line",
        new XAttribute("class", kind), new XAttribute("x1", Round(x1)), new XAttribute("y1", Round(y1)), new XAttribute("x2", Round(x2)), new XAttribute("y2", Round(y2)));

    private static XElement Text(string text, string kind, double x, double y, string anchor) => new("text",
        new XAttribute("class", kind), new XAttribute("x", Round(x)), new XAttribute("y", Round(y)), new XAttribute("text-anchor", anchor), text);

    private static string Round(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
