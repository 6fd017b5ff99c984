namespace AlignService.Jobs.Supervision;

/// <summary>A worker that a supervisor looks after.</summary>
/// <param name="assignment">What it was started for.</param>
/// <param name="process">What was started.</param>
/// <param name="slot">Its device's place in the list of devices.</param>
internal sealed class SupervisedWorker(WorkerAssignment assignment, IWorkerProcess process, int slot)
{
    public int Slot => slot;

    public WorkerAssignment Assignment => assignment;

    public IWorkerProcess Process => process;

    /// <summary>When it was first seen that its process should end; null while it should not.</summary>
    public DateTimeOffset? MustStopSince { get; set; }

    public bool Killed { get; set; }
}
