using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace AlignService.Cli.Comparison;

/// <summary>A comparison as one self-contained HTML file.</summary>
internal static class ComparisonPage
{
    private const string Style =
        """
        :root { color-scheme: light dark; --text: #1d2330; --quiet: #5b6472; --line: #d9dde4; --back: #ffffff; --warn: #8a5a00;
          --c0: #3557d6; --c1: #c2410c; --c2: #177a45; --c3: #9333a8; --c4: #0e7490; --c5: #a16207; }
        @media (prefers-color-scheme: dark) { :root { --text: #e7eaf0; --quiet: #a2acbb; --line: #343b49; --back: #14171e; --warn: #eabb62;
          --c0: #8ea6ff; --c1: #ff9d6b; --c2: #6fd39a; --c3: #d8a1e6; --c4: #67cfe6; --c5: #e6c35c; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .88rem; }
        th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
        .caveats { color: var(--warn); } .quiet { color: var(--quiet); }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem; } figure { margin: 0; } figcaption { font-weight: 600; }
        svg { width: 100%; height: auto; } .grid { stroke: var(--line); } .axis { stroke: var(--quiet); } text { fill: var(--quiet); font-size: 13px; }
        .series polyline { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; } .series circle { fill: currentColor; } .dashed polyline { stroke-dasharray: 6 4; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .2rem 0; font-size: .85rem; }
        .key { display: inline-block; width: 1.1rem; height: .22rem; margin-right: .4rem; vertical-align: middle; background: currentColor; }
        .c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); } .c4 { color: var(--c4); } .c5 { color: var(--c5); }
        """;

    public static string Write(JobComparison comparison)
    {
        var page = new XElement("html", new XAttribute("lang", "en"),
            new XElement("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'")),
                new XElement("title", $"Comparison of {comparison.Jobs.Count} jobs"),
                new XElement("style", Style)),
            new XElement("body",
                new XElement("h1", $"Comparison of {comparison.Jobs.Count} jobs"),
                Caveats(comparison),
                Table(["", .. comparison.Rows.Select(row => row.Label)], ComparisonText.Lines(comparison)),
                new XElement("p", new XAttribute("class", "quiet"), $"Last steps: the mean of the last {ComparedJob.LastSteps}. Held-out reward: before the first step → at the end ± standard error. Peak memory is the worker's."),
                new XElement("div", new XAttribute("class", "plots"), ComparisonPlots.Of(comparison.Jobs), ""),
                new XElement("h2", "Settings that differ"),
                Table(["field", .. comparison.Rows.Select(row => row.Label)], comparison.Settings.Select(setting => (IReadOnlyList<string>)[setting.Field, .. setting.Values.Select(value => value ?? "–")]))));
        return $"<!DOCTYPE html>\n{Text(page)}\n";
    }

    /// <summary>Prompts and names may hold any character, control characters too, which XML would refuse.</summary>
    private static string Text(XElement page)
    {
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, CheckCharacters = false }))
        {
            page.Save(writer);
        }

        return text.ToString();
    }

    private static XElement Caveats(JobComparison comparison) => comparison.Caveats.Count == 0
        ? new XElement("p", "The jobs have the same data, model, rewards, seed and token budget.")
        : new XElement("ul", new XAttribute("class", "caveats"), comparison.Caveats.Select(caveat => new XElement("li", caveat)));

    private static XElement Table(IEnumerable<string> columns, IEnumerable<IReadOnlyList<string>> rows) => new("div", new XAttribute("class", "scroll"), new XElement("table",
        new XElement("thead", new XElement("tr", columns.Select(column => new XElement("th", column)))),
        new XElement("tbody", rows.Select(row => new XElement("tr", row.Select(cell => new XElement("td", cell)))), "")));
}
