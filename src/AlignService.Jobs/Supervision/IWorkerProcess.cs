namespace AlignService.Jobs.Supervision;

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
