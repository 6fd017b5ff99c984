using System.Reflection;
using AlignService.Jobs.Ports;
using AlignService.Specs;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A store that counts who follows a job's changes at the moment, and is the real one otherwise.</summary>
public class FollowCounter : DispatchProxy
{
    private IJobStore? _store;
    private int _open;
    private int _total;

    /// <summary>Following now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Ever.</summary>
    public int Total => Volatile.Read(ref _total);

    internal static IJobStore Around(IJobStore store)
    {
        IJobStore proxy = Create<IJobStore, FollowCounter>();
        ((FollowCounter)(object)proxy)._store = store;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IJobStore.FollowAsync) && args![0] is JobId id
            ? FollowAsync(id, (CancellationToken)args[1]!)
            : targetMethod.Invoke(_store, args);

    private async Task<IJobChanges> FollowAsync(JobId id, CancellationToken cancellationToken)
    {
        IJobChanges changes = await _store!.FollowAsync(id, cancellationToken);
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
            Interlocked.Decrement(ref counter._open);
        }
    }
}
