using AlignService.Cli.Output;

namespace AlignService.Cli.Watching;

/// <summary>Chooses the display that suits where the output goes.</summary>
internal static class WatchDisplay
{
    public static IWatchDisplay For(CommandOutput output) =>
        output.IsJson ? new JsonDisplay() : output.IsInteractive ? new LiveDisplay(output.Console, TimeProvider.System) : new PlainDisplay(Console.Out);
}
