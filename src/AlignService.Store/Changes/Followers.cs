using System.Collections.Concurrent;
using System.Threading.Channels;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Changes;

/// <summary>The followers of jobs in this process.</summary>
internal sealed class Followers(TimeProvider time)
{
    private readonly ConcurrentDictionary<Follower, byte> _all = new();

    public bool IsEmpty => _all.IsEmpty;

    /// <param name="jobId">Null follows every job.</param>
    public Follower Add(string? jobId)
    {
        var follower = new Follower(jobId, time, gone => _all.TryRemove(gone, out _));
        _all.TryAdd(follower, 0);
        return follower;
    }

    public void Wake(string jobId)
    {
        foreach (Follower follower in _all.Keys.Where(follower => follower.JobId is null || follower.JobId == jobId))
        {
            follower.Wake();
        }
    }

    public void WakeAll()
    {
        foreach (Follower follower in _all.Keys)
        {
            follower.Wake();
        }
    }
}

/// <summary>One follower's signal: remembers one wake-up until it is awaited.</summary>
internal sealed class Follower(string? jobId, TimeProvider time, Action<Follower> onDispose) : IJobChanges
{
    private readonly Channel<bool> _alarm = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public string? JobId => jobId;

    public void Wake() => _alarm.Writer.TryWrite(true);

    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _alarm.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time is up: the holder looks for itself.
        }
    }

    public ValueTask DisposeAsync()
    {
        onDispose(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Learns of changes made by any process, and wakes the followers in this one.</summary>
internal interface IChangeSource : IAsyncDisposable
{
    /// <summary>Every change after this call wakes the follower.</summary>
    Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken);

    /// <summary>This process has just committed changes to these jobs.</summary>
    void Changed(IReadOnlyCollection<string> jobIds);
}
