namespace AlignService.Jobs.Ports;

/// <summary>Wakes its one holder when something may have changed. A change between two waits ends the next one at once.</summary>
public interface IJobChanges : IAsyncDisposable
{
    /// <summary>Returns soon after a change, or after <paramref name="atMost"/>. May return without one: read again and see.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);
}
