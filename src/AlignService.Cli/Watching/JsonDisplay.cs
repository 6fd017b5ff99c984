using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Every event as one line of JSON.</summary>
internal sealed class JsonDisplay : IWatchDisplay
{
    public async Task ShowAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, CancellationToken cancellationToken)
    {
        await foreach (var happened in events.WithCancellation(cancellationToken))
        {
            CommandOutput.WriteJson(happened);
        }
    }
}
