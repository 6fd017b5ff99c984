using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>Shows a job while its events come in. Events are applied to <see cref="WatchedJob"/> before they get here.</summary>
internal interface IWatchDisplay
{
    Task ShowAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, CancellationToken cancellationToken);
}

/// <summary>Chooses the display by where the output goes.</summary>
internal static class WatchDisplay
{
    public static IWatchDisplay For(CommandOutput output) =>
        output.IsJson ? new JsonDisplay() : output.IsInteractive ? new LiveDisplay(output.Console, TimeProvider.System) : new PlainDisplay(Console.Out);
}

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

/// <summary>One line of text per event except samples, for files and pipes.</summary>
internal sealed class PlainDisplay(TextWriter output) : IWatchDisplay
{
    public async Task ShowAsync(WatchedJob job, IAsyncEnumerable<JobEvent> events, CancellationToken cancellationToken)
    {
        await foreach (var happened in events.WithCancellation(cancellationToken))
        {
            if (happened.Text.Length > 0 && happened.KindCase != JobEvent.KindOneofCase.Samples)
            {
                await output.WriteLineAsync(happened.Text.AsMemory(), cancellationToken);
            }
        }
    }
}
