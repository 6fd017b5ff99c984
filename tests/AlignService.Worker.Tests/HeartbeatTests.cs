using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>A worker without a heartbeat is killed after minutes, so everything that takes long must beat. Alone, because the count is the whole process's.</summary>
[TestClass(DisableParallelization = true)]
public sealed class HeartbeatTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Loading_stepping_evaluating_and_saving_beat()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using PolicyOptimizationRun run = LeakTests.Policy(_folder, new TinyRun());
        Beats(() => run.Prepare(null, token));
        Beats(() => run.RunStep(token));
        Beats(() => run.Evaluate(token));
        Beats(() => run.SaveCheckpoint(checkpoint));
    }

    private static void Beats(Action work)
    {
        long before = Heartbeat.Count;
        work();
        Assert.True(Heartbeat.Count > before);
    }
}
