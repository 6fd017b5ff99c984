using System.Globalization;

namespace AlignService.Jobs.Supervision;

/// <summary>How a worker process ended.</summary>
/// <param name="Code">Its exit code; 128 and more is a signal.</param>
/// <param name="LastLines">What it wrote last, oldest first.</param>
public sealed record WorkerExit(int Code, IReadOnlyList<string> LastLines)
{
    private const int SignalBase = 128;
    private const int KillSignal = 9;

    /// <summary>For the message of a failed job.</summary>
    public string Describe()
    {
        string how = Code switch
        {
            SignalBase + KillSignal => "was killed (signal 9, which is also how the system takes memory back)",
            > SignalBase => string.Create(CultureInfo.InvariantCulture, $"was ended by signal {Code - SignalBase}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {Code}"),
        };
        return LastLines.Count == 0 ? $"{how} and wrote nothing" : $"{how}; its last lines:\n{string.Join('\n', LastLines)}";
    }
}
