using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Store.Changes;

/// <summary>Learns of changes that any process made, and wakes the followers in this one.</summary>
internal interface IChangeSource : IAsyncDisposable
{
    /// <summary>Everything that changes after this call wakes the follower.</summary>
    Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken);

    /// <summary>This process has just committed a change of these jobs.</summary>
    void Changed(IReadOnlyCollection<string> jobIds);
}
