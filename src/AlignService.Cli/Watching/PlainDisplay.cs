using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>One line of text an event, for files and pipes.</summary>
internal sealed class PlainDisplay(TextWriter output) : IWatchDisplay
{
    public async Task ShowAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, CancellationToken cancellationToken)
    {
        await foreach (var happened in events.WithCancellation(cancellationToken))
        {
            if (EventText.Line(happened, job.TotalSteps) is { } line)
            {
                await output.WriteLineAsync(line.AsMemory(), cancellationToken);
            }
        }
    }
}
