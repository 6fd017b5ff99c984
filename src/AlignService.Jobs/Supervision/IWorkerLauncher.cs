using System.Globalization;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Supervision;

/// <summary>Starts workers: as local processes now, as jobs of a cluster later. A worker needs nothing but the store and the data root.</summary>
public interface IWorkerLauncher
{
    /// <exception cref="WorkerLaunchException">It could not be started.</exception>
    IWorkerProcess Launch(WorkerAssignment assignment);
}

/// <summary>A worker that was started. Disposing forgets it; it does not end it.</summary>
public interface IWorkerProcess : IDisposable
{
    /// <summary>Completes when nothing of it runs any more. Never fails.</summary>
    Task<WorkerExit> Exited { get; }

    /// <summary>Asks it to give its job back and end.</summary>
    void RequestStop();

    /// <summary>Ends it at once.</summary>
    void Kill();
}

/// <summary>What a worker process is started for.</summary>
/// <param name="JobId">The job to work on.</param>
/// <param name="WorkerId">The name it must take its lease under.</param>
/// <param name="Device">cpu, or cuda:N.</param>
public sealed record WorkerAssignment(JobId JobId, string WorkerId, string Device);

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

/// <summary>A worker process could not be started.</summary>
public sealed class WorkerLaunchException(string message, Exception innerException) : AlignException(message, innerException)
{
    public override string Reason => JobFailureReason.WorkerLost;
}
