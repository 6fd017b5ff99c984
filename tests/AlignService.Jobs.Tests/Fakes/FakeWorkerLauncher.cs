using AlignService.Jobs.Supervision;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>"Starts" workers as tasks of this process.</summary>
internal sealed class FakeWorkerLauncher(Func<FakeWorkerProcess, Task<int>> work) : IWorkerLauncher
{
    private readonly Lock _lock = new();
    private readonly List<FakeWorkerProcess> _all = [];

    public IReadOnlyList<FakeWorkerProcess> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    public IWorkerProcess Launch(WorkerAssignment assignment)
    {
        var process = new FakeWorkerProcess(assignment);
        lock (_lock)
        {
            _all.Add(process);
        }

        process.Start(work);
        return process;
    }
}
