using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Tests.Databases;
using Xunit;

namespace AlignService.Store.Tests;

/// <summary>Random histories of three workers, checked against the simplest model: whoever claimed last, and was not ended, may write.</summary>
public abstract class InterleavingTests : StoreTest
{
    private const int ActionCount = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RandomHistory_OnlyTheHolderWritesAndNothingIsLost(int seed)
    {
        var random = new Random(seed);
        JobId id = await QueueAsync();
        JobLease?[] leases = new JobLease?[3];
        int? holder = null;
        DateTimeOffset expires = default;
        var written = new List<string>();
        int refusedCount = 0;

        for (int action = 0; action < ActionCount; action++)
        {
            int worker = random.Next(leases.Length);
            Clock.Advance(TimeSpan.FromSeconds(random.Next(12)));
            bool held = holder is not null && Clock.GetUtcNow() < expires;
            switch (random.Next(9))
            {
                case 0:
                    JobLease? lease = await Store.Leases.ClaimAsync(id, $"w{worker}", LeaseDuration, Token);
                    Assert.Equal(held, lease is null);
                    if (lease is not null)
                    {
                        (leases[worker], holder, expires) = (lease, worker, lease.ExpiresAt);
                    }

                    break;
                case 1:
                    if (await TryAsync(leases[worker], held: holder == worker, current => Store.Leases.RenewAsync(current, LeaseDuration, Token)))
                    {
                        expires = Clock.GetUtcNow() + LeaseDuration;
                    }

                    break;
                case 2:
                    if (await TryAsync(leases[worker], held: holder == worker, current => Store.Leases.ReleaseAsync(current, Token)))
                    {
                        holder = null;
                    }

                    break;
                case 3:
                    await Store.Leases.ExpireAsync(id, $"w{worker}", lost: true, Token);
                    holder = holder == worker ? null : holder;
                    break;
                default:
                    JobEvent item = JobEvent.New(action, "", new LogMessage(LogSeverity.Info, $"{action}"));
                    if (await TryAsync(leases[worker], held: holder == worker, current => Store.Journal.AppendAsync(current, action, ActionCount, [item, item], Token)))
                    {
                        written.Add($"{action}");
                    }

                    break;
            }
        }

        IReadOnlyList<JobEvent> events = await Store.Journal.ReadEventsAsync(id, 0, 1000, Token);
        Assert.Equal(written, events.Select(item => ((LogMessage)item.Body).Text));
        Assert.Equal(Enumerable.Range(1, written.Count).Select(cursor => (long)cursor), events.Select(item => item.Cursor));
        Assert.True(written.Count > 10 && refusedCount > 10, $"{written.Count} written, {refusedCount} refused: the history proves too little");

        async Task<bool> TryAsync(JobLease? lease, bool held, Func<JobLease, Task> write)
        {
            if (lease is null)
            {
                return false;
            }

            if (held)
            {
                await write(lease);
                return true;
            }

            refusedCount++;
            await Assert.ThrowsAsync<LeaseLostException>(() => write(lease));
            return false;
        }
    }
}
