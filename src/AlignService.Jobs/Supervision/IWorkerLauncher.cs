namespace AlignService.Jobs.Supervision;

/// <summary>Starts workers: as local processes now, as jobs of a cluster later. A worker needs nothing but the store and the data root.</summary>
public interface IWorkerLauncher
{
    /// <exception cref="WorkerLaunchException">It could not be started.</exception>
    IWorkerProcess Launch(WorkerAssignment assignment);
}
