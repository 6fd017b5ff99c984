using System.Collections.Concurrent;

namespace AlignService.Store.Changes;

/// <summary>Who in this process follows which job.</summary>
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
