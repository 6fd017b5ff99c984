using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AlignService.Cli.Watching;

/// <summary>A live table: progress, metrics with their curves, held-out results, the latest notices.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, TimeProvider time) : IWatchDisplay
{
    private const int CurveWidth = 32;
    private const int BarWidth = 40;
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(80);

    public async Task ShowAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, CancellationToken cancellationToken) =>
        await console.Live(Render(job)).StartAsync(async context =>
        {
            long drawn = 0;
            await foreach (var _ in events.WithCancellation(cancellationToken))
            {
                // A replay brings thousands of events at once; the eye needs a dozen pictures a second.
                if (drawn == 0 || time.GetElapsedTime(drawn) >= RefreshInterval || job.HasEnded)
                {
                    context.UpdateTarget(Render(job));
                    drawn = time.GetTimestamp();
                }
            }

            context.UpdateTarget(Render(job));
        });

    private static Rows Render(WatchedJob job)
    {
        var rows = new List<IRenderable> { Heading(job), Progress(job) };
        if (job.Waiting.Length > 0)
        {
            rows.Add(new SpectreText(job.Waiting, new Style(Color.Grey)));
        }

        if (job.Metrics.Count > 0)
        {
            rows.Add(Metrics(job));
        }

        rows.AddRange(job.Evaluations.TakeLast(3).Select(evaluation => new SpectreText($"held-out after {evaluation.Step} steps: {evaluation}", new Style(Color.Aqua))));
        rows.AddRange(job.Notices.Select(notice => new SpectreText(notice, new Style(Color.Grey))));
        return new Rows(rows);
    }

    private static Markup Heading(WatchedJob job)
    {
        string title = job.DisplayName.Length > 0 ? $" {Markup.Escape(job.DisplayName)}" : "";
        string attempt = job.Attempt > 1 ? $" [yellow]attempt {job.Attempt}[/]" : "";
        return new Markup($"[bold]{Markup.Escape(job.Name)}[/]{title}  {StateText.Markup(job.State)}{attempt}");
    }

    private static Markup Progress(WatchedJob job)
    {
        double share = job.TotalSteps > 0 ? Math.Clamp((double)job.Step / job.TotalSteps, 0, 1) : 0;
        int full = (int)Math.Round(share * BarWidth);
        string left = Remaining(job) is { } remaining && !job.HasEnded ? $"  about {remaining:h\\:mm\\:ss} left" : "";
        string of = job.TotalSteps > 0 ? $"/{job.TotalSteps} ({share:P0})" : "";
        return new Markup($"[green]{new string('━', full)}[/][grey35]{new string('━', BarWidth - full)}[/] step {job.Step}{of}{left}");
    }

    private static TimeSpan? Remaining(WatchedJob job) =>
        job.Step > 0 && job.TotalSteps > 0 && job.Metrics.TryGetValue(MetricNames.TimeStep, out var seconds)
            ? TimeSpan.FromSeconds(Math.Ceiling(seconds.Values.TakeLast(10).Average() * Math.Max(0, job.TotalSteps - job.Step)))
            : null;

    private static Table Metrics(WatchedJob job)
    {
        var table = new Table().RoundedBorder().AddColumns("metric", "first", "last", "curve");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        foreach (var metric in MetricCatalog.All.Where(metric => metric.Heading is not null))
        {
            if (job.Metrics.TryGetValue(metric.Name, out var series))
            {
                string heading = metric.UnitText.Length > 0 ? $"{metric.Heading} ({metric.UnitText})" : $"{metric.Heading}";
                table.AddRow(heading, MetricText.Number(series.First), $"[bold]{MetricText.Number(series.Last)}[/]", $"[blue]{Sparkline.Draw(series.Values, CurveWidth)}[/]");
            }
        }

        return table;
    }
}
