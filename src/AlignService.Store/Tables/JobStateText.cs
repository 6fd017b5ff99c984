using AlignService.Jobs;

namespace AlignService.Store.Tables;

/// <summary>States as the database holds them.</summary>
internal static class JobStateText
{
    private static readonly Dictionary<JobState, string> Words = new()
    {
        [JobState.Queued] = "queued",
        [JobState.Preparing] = "preparing",
        [JobState.Running] = "running",
        [JobState.Succeeded] = "succeeded",
        [JobState.Failed] = "failed",
        [JobState.Cancelled] = "cancelled",
        [JobState.Paused] = "paused",
    };

    private static readonly Dictionary<string, JobState> States = Words.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static string ToText(this JobState state) => Words[state];

    public static JobState Parse(string text) => States[text];
}
