using AlignService.Jobs.Events;
using AlignService.Specs.Data;
using AlignService.Training.Checkpoints;

namespace AlignService.Worker;

/// <summary>Messages that runs of every kind share.</summary>
internal static class RunMessages
{
    public static LogMessage Warning(string text) => new(LogSeverity.Warning, text);

    /// <summary>How a source was divided; empty where nothing of it is held out.</summary>
    public static IReadOnlyList<LogMessage> HeldOut(int trainingCount, int heldOutCount, IHeldOutShare share) =>
        HeldOutSplit.Describe(trainingCount, heldOutCount, share) is { } text ? [new(LogSeverity.Info, text)] : [];

    /// <summary>What the number format of saved weights lost; empty where it lost nothing.</summary>
    public static IReadOnlyList<LogMessage> Of(RoundingReport rounding) => rounding.Rounded
        ? [Warning($"rounding the saved weights loses {rounding.LostShare:P0} of the update's norm; save_dtype f32 keeps all of it (a resumed job loses nothing)")]
        : [];
}
