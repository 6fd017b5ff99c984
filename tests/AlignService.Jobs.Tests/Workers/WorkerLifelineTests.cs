using System.IO.Pipes;
using AlignService.Jobs.Workers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

public sealed class WorkerLifelineTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    [Fact(Timeout = 60_000)]
    public async Task Input_Ends_TellsTheWorkerAndThenEndsIt()
    {
        var clock = new FakeTimeProvider();
        using var parent = new AnonymousPipeServerStream(PipeDirection.Out);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, parent.ClientSafePipeHandle);
        int endCount = 0;
        using var lifeline = new WorkerLifeline(input, Grace, clock, () => endCount++);
        var told = new TaskCompletionSource();
        lifeline.Cut.Register(told.SetResult);
        Assert.False(lifeline.Cut.IsCancellationRequested);

        parent.Dispose();
        await told.Task.WaitAsync(TestContext.Current.CancellationToken);
        clock.Advance(Grace - TimeSpan.FromSeconds(1));
        Assert.Equal(0, endCount);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, endCount);
    }
}
