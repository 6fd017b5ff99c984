using AlignService.Specs.Resources;

namespace AlignService.Jobs.Supervision;

/// <summary>A worker that a supervisor has started.</summary>
/// <param name="assignment">What it was started for.</param>
/// <param name="process">What was started.</param>
/// <param name="slot">Its device's place in the list of devices.</param>
internal sealed class SupervisedWorker(WorkerAssignment assignment, IWorkerProcess process, int slot)
{
    public int Slot => slot;

    public WorkerAssignment Assignment => assignment;

    public IWorkerProcess Process => process;

    /// <summary>When it was first seen that its process must end; null while it need not.</summary>
    public DateTimeOffset? MustStopSince { get; set; }

    public bool Killed { get; set; }
}

/// <summary>What a supervisor remembers of the workers that a job has lost. The store counts only those that held its lease.</summary>
internal sealed class WorkerLosses
{
    private readonly Dictionary<JobId, string> _lastExits = [];
    private readonly Dictionary<JobId, int> _failedStarts = [];

    /// <param name="id">The job.</param>
    /// <param name="exit">How the worker ended, for the message of a failed job.</param>
    /// <param name="isFailedStart">It went before it held the lease.</param>
    public void Add(JobId id, string exit, bool isFailedStart)
    {
        _lastExits[id] = exit;
        if (isFailedStart)
        {
            _failedStarts[id] = FailedStarts(id) + 1;
        }
    }

    public int FailedStarts(JobId id) => _failedStarts.GetValueOrDefault(id);

    public string LastExit(JobId id) => _lastExits.GetValueOrDefault(id, "stopped renewing its lease; its machine may be gone");

    public void Forget(JobId id)
    {
        _lastExits.Remove(id);
        _failedStarts.Remove(id);
    }
}
