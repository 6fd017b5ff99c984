using System.Globalization;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Supervision;

/// <summary>Starts workers: as local processes now, as jobs of a cluster later. A worker needs nothing but the store and the data root.</summary>
public interface IWorkerLauncher
{
    /// <exception cref="WorkerLaunchException">It could not be started.</exception>
    IWorkerProcess Launch(WorkerAssignment assignment);
}

/// <summary>A started worker. Disposing releases the handle; it does not stop the worker.</summary>
public interface IWorkerProcess : IDisposable
{
    /// <summary>Completes when the worker has exited. Never fails.</summary>
    Task<WorkerExit> Exited { get; }

    /// <summary>Asks it to release its job and exit.</summary>
    void RequestStop();

    /// <summary>Kills it at once.</summary>
    void Kill();
}

/// <summary>What a worker process is started to do.</summary>
/// <param name="JobId">The job to work on.</param>
/// <param name="WorkerId">The name under which it must claim its lease.</param>
/// <param name="Device">cpu, or cuda:N.</param>
public sealed record WorkerAssignment(JobId JobId, string WorkerId, string Device);

/// <summary>How a worker process exited.</summary>
/// <param name="Code">Its exit code; 128 and above is a signal.</param>
/// <param name="LastLines">Its last output lines, oldest first.</param>
public sealed record WorkerExit(int Code, IReadOnlyList<string> LastLines)
{
    /// <summary>The exit code of a process that was killed at once (SIGKILL).</summary>
    internal const int Killed = SignalBase + KillSignal;

    private const int SignalBase = 128;
    private const int KillSignal = 9;

    /// <summary>What the system recorded about it, where it was killed because memory ran out; null where nothing says so.</summary>
    public string? MemoryRecord { get; init; }

    /// <summary>Whether memory ran out, by the system's record or the process's own last words.</summary>
    public bool RanOutOfMemory => MemoryRecord is not null || (Code != 0 && LastLines.Any(OutOfMemory.IsSaidIn));

    /// <summary>For the message of a failed job.</summary>
    public string Describe()
    {
        string how = Code switch
        {
            SignalBase + KillSignal when MemoryRecord is { } record => $"was killed by the system because memory ran out (signal 9; {record})",
            SignalBase + KillSignal => "was killed (signal 9, possibly because the system ran out of memory)",
            WorkerExitCode.Stuck => string.Create(CultureInfo.InvariantCulture, $"exited with code {Code}, because its training hung"),
            > SignalBase => string.Create(CultureInfo.InvariantCulture, $"was terminated by signal {Code - SignalBase}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"exited with code {Code}"),
        };
        return LastLines.Count == 0 ? $"{how} without output" : $"{how}; its last lines:\n{string.Join('\n', LastLines)}";
    }
}

/// <summary>A worker process could not be started.</summary>
public sealed class WorkerLaunchException(string message, Exception innerException) : AlignException(message, innerException)
{
    public override string Reason => JobFailureReason.WorkerLost;
}
