using AlignService.Cli.Output;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Watching;

/// <summary>A job's state in its color.</summary>
internal static class StateText
{
    public static string Markup(JobState state) => $"[{Color(state)}]{Names.State(state)}[/]";

    private static string Color(JobState state) => state switch
    {
        JobState.Succeeded => "green",
        JobState.Failed => "red",
        JobState.Cancelled or JobState.Paused => "yellow",
        JobState.Running or JobState.Preparing => "blue",
        _ => "grey",
    };
}
