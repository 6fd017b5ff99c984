using AlignService.Specs.Resources;

namespace AlignService.Jobs.Supervision;

/// <summary>A worker that a supervisor started.</summary>
/// <param name="assignment">What it was started for.</param>
/// <param name="process">What was started.</param>
/// <param name="slot">Index of its device in the list of devices.</param>
internal sealed class SupervisedWorker(WorkerAssignment assignment, IWorkerProcess process, int slot)
{
    public int Slot => slot;

    public WorkerAssignment Assignment => assignment;

    public IWorkerProcess Process => process;

    /// <summary>When it was first noticed that its process must exit; null while it need not.</summary>
    public DateTimeOffset? MustStopSince { get; set; }

    public bool Killed { get; set; }
}

/// <summary>What a supervisor remembers about a job's lost workers. The store counts only those that held its lease.</summary>
internal sealed class WorkerLosses
{
    private readonly Dictionary<JobId, string> _lastExits = [];
    private readonly Dictionary<JobId, int> _failedStarts = [];

    /// <param name="id">The job.</param>
    /// <param name="exit">How the worker exited, for the message of a failed job.</param>
    /// <param name="isFailedStart">It exited before it held the lease.</param>
    public void Add(JobId id, string exit, bool isFailedStart)
    {
        _lastExits[id] = exit;
        if (isFailedStart)
        {
            _failedStarts[id] = FailedStarts(id) + 1;
        }
    }

    public int FailedStarts(JobId id) => _failedStarts.GetValueOrDefault(id);

    public string LastExit(JobId id) => _lastExits.GetValueOrDefault(id, "stopped renewing its lease; its machine may be down");

    public void Forget(JobId id)
    {
        _lastExits.Remove(id);
        _failedStarts.Remove(id);
    }
}
