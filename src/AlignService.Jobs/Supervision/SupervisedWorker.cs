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

    private long? _silentSince;
    private (long Since, TimeSpan Left)? _timeLimit;

    /// <summary>Timestamp at which it was first noticed that its process must exit; null while it need not.</summary>
    public long? MustStopSince { get; set; }

    public bool Killed { get; set; }

    /// <summary>Whether it has held its job.</summary>
    public bool HasClaimed { get; private set; }

    /// <summary>Takes note of the job's lease and time limit. What follows is measured on the monotonic clock: the wall clock of a machine can jump.</summary>
    public void Look(Job job, TimeProvider time)
    {
        bool holds = job.Lease?.WorkerId == assignment.WorkerId;
        HasClaimed |= holds;
        _silentSince = holds && job.IsHeldAt(time.GetUtcNow()) ? null : _silentSince ?? time.GetTimestamp();
        if (holds && job.Spec.Limits.MaxDuration is { } limit)
        {
            _timeLimit ??= (time.GetTimestamp(), limit - job.ActiveTime);
        }
    }

    /// <summary>How long it has held no valid lease; null while it does.</summary>
    public TimeSpan? SilentFor(TimeProvider time) => _silentSince is { } since ? time.GetElapsedTime(since) : null;

    /// <summary>How far its job is beyond its time limit; negative before, and where there is none.</summary>
    public TimeSpan OverTime(TimeProvider time) => _timeLimit is { } limit ? time.GetElapsedTime(limit.Since) - limit.Left : TimeSpan.MinValue;
}

/// <summary>What a supervisor remembers about a job's lost workers. The store counts only those that held its lease.</summary>
internal sealed class WorkerLosses
{
    private readonly Dictionary<JobId, string> _lastExits = [];
    private readonly HashSet<JobId> _outOfMemory = [];
    private readonly Dictionary<JobId, int> _failedStarts = [];

    /// <param name="id">The job.</param>
    /// <param name="exit">How the worker exited, for the message of a failed job.</param>
    /// <param name="isFailedStart">It exited before it held the lease.</param>
    public void Add(JobId id, string exit, bool isFailedStart)
    {
        _lastExits[id] = exit;
        _outOfMemory.Remove(id);
        if (isFailedStart)
        {
            _failedStarts[id] = FailedStarts(id) + 1;
        }
    }

    /// <summary>A worker that exited.</summary>
    public void Add(JobId id, WorkerExit exit, bool isFailedStart)
    {
        Add(id, exit.Describe(), isFailedStart);
        if (exit.RanOutOfMemory)
        {
            _outOfMemory.Add(id);
        }
    }

    /// <summary>Whether memory ran out for the last worker.</summary>
    public bool RanOutOfMemory(JobId id) => _outOfMemory.Contains(id);

    public int FailedStarts(JobId id) => _failedStarts.GetValueOrDefault(id);

    public string LastExit(JobId id) => _lastExits.GetValueOrDefault(id, "stopped renewing its lease; its machine may be down");

    public void Forget(JobId id)
    {
        _lastExits.Remove(id);
        _failedStarts.Remove(id);
        _outOfMemory.Remove(id);
    }
}
