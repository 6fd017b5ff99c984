using System.Reflection;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A catalogue that counts who follows a job's changes, and is the real one otherwise.</summary>
public class FollowCounter : DispatchProxy
{
    private readonly TaskCompletionSource _allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IJobCatalog? _catalog;
    private int _open;
    private int _total;

    /// <summary>Followers since the start.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>Completes when the last follower goes.</summary>
    public Task AllGone => _allGone.Task;

    internal static IJobCatalog Around(IJobCatalog catalog)
    {
        IJobCatalog proxy = Create<IJobCatalog, FollowCounter>();
        ((FollowCounter)(object)proxy)._catalog = catalog;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IJobCatalog.FollowAsync) && args![0] is JobId id
            ? FollowAsync(id, (CancellationToken)args[1]!)
            : targetMethod.Invoke(_catalog, args);

    private async Task<IJobChanges> FollowAsync(JobId id, CancellationToken cancellationToken)
    {
        IJobChanges changes = await _catalog!.FollowAsync(id, cancellationToken);
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _total);
        return new Counted(this, changes);
    }

    private sealed class Counted(FollowCounter counter, IJobChanges changes) : IJobChanges
    {
        public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => changes.WaitAsync(atMost, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await changes.DisposeAsync();
            if (Interlocked.Decrement(ref counter._open) == 0)
            {
                counter._allGone.TrySetResult();
            }
        }
    }
}
