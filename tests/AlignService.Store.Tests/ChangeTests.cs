using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Waking those who wait for a change. The waits have no time limit of their own: a missed wake-up hangs, and the runner's limit fails the test.</summary>
public abstract class ChangeTests : StoreTest
{
    private const int Limit = 30_000;

    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Fact(Timeout = Limit)]
    public async Task Wait_ChangeByAnotherProcess_Wakes()
    {
        JobStore here = OpenAnother(TimeProvider.System);
        JobId id = await QueueAsync();
        await using IJobChanges one = await here.Catalog.FollowAsync(id, TestContext.Current.CancellationToken);
        await using IJobChanges all = await here.Catalog.FollowAsync(null, TestContext.Current.CancellationToken);
        Task waits = Task.WhenAll(one.WaitAsync(Forever, TestContext.Current.CancellationToken), all.WaitAsync(Forever, TestContext.Current.CancellationToken));

        await Store.Catalog.RequestCancelAsync(id, TestContext.Current.CancellationToken);
        await waits;
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_ChangeBetweenFollowingAndWaiting_IsNotMissed()
    {
        JobStore here = OpenAnother(TimeProvider.System);
        JobId id = await QueueAsync();
        await using IJobChanges changes = await here.Catalog.FollowAsync(id, TestContext.Current.CancellationToken);
        await Store.Catalog.RequestCancelAsync(id, TestContext.Current.CancellationToken);
        await changes.WaitAsync(Forever, TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_ChangeInThisProcess_WakesWithoutTheClock()
    {
        // The store's clock stands still, so nothing but the signal inside the process can wake the wait on SQLite.
        JobId id = await QueueAsync();
        await using IJobChanges changes = await Store.Catalog.FollowAsync(id, TestContext.Current.CancellationToken);
        Task wait = changes.WaitAsync(Forever, TestContext.Current.CancellationToken);
        await Store.Catalog.RequestCancelAsync(id, TestContext.Current.CancellationToken);
        await wait;
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_NothingChanges_EndsWithItsTime()
    {
        await using IJobChanges changes = await Store.Catalog.FollowAsync(null, TestContext.Current.CancellationToken);
        Task wait = changes.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False(wait.IsCompleted);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await wait;
    }

    [Fact(Timeout = Limit)]
    public async Task Wait_Cancelled_Throws()
    {
        await using IJobChanges changes = await Store.Catalog.FollowAsync(null, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Task wait = changes.WaitAsync(Forever, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }
}
