using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Shows a job while its events come in. The events have been applied to <see cref="WatchedJob"/> when they get here.</summary>
internal interface IWatchDisplay
{
    Task ShowAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, CancellationToken cancellationToken);
}
