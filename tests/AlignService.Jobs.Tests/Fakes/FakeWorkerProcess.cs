using AlignService.Jobs.Supervision;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>A "process": ends with what its work returns, or at once when it is killed.</summary>
internal sealed class FakeWorkerProcess(WorkerAssignment assignment) : IWorkerProcess
{
    private const int KilledCode = 137;

    private readonly TaskCompletionSource<WorkerExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();

    public WorkerAssignment Assignment => assignment;

    public Task<WorkerExit> Exited => _exited.Task;

    public CancellationToken Stop => _stop.Token;

    public bool WasKilled { get; private set; }

    public bool IsDisposed { get; private set; }

    public void Start(Func<FakeWorkerProcess, Task<int>> work) =>
        _ = Task.Run(async () => _exited.TrySetResult(new WorkerExit(await work(this), ["its last words"])));

    public void RequestStop() => _stop.Cancel();

    public void Kill()
    {
        WasKilled = true;
        _exited.TrySetResult(new WorkerExit(KilledCode, []));
    }

    public void Dispose() => IsDisposed = true;
}
