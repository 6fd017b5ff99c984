using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Changes;

/// <summary>Learns of changes made by any process, and wakes the followers in this one.</summary>
internal interface IChangeSource : IAsyncDisposable
{
    /// <summary>Every change after this call wakes the follower.</summary>
    Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken);

    /// <summary>This process has just committed changes to these jobs.</summary>
    void Changed(IReadOnlyCollection<string> jobIds);
}
