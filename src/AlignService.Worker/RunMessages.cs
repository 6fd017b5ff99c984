using AlignService.Jobs.Events;
using AlignService.Training.Checkpoints;

namespace AlignService.Worker;

/// <summary>Messages that runs of every kind share.</summary>
internal static class RunMessages
{
    public static LogMessage Warning(string text) => new(LogSeverity.Warning, text);

    /// <summary>What the number format of saved weights lost; empty where it lost nothing.</summary>
    public static IReadOnlyList<LogMessage> Of(RoundingReport rounding) => rounding.Rounded
        ? [Warning($"rounding the saved weights loses {rounding.LostShare:P0} of the update's norm; save_dtype f32 keeps all of it (a resumed job loses nothing)")]
        : [];
}
