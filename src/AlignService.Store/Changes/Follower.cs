using System.Threading.Channels;
using AlignService.Jobs.Ports;

namespace AlignService.Store.Changes;

/// <summary>One holder's alarm: remembers one wake-up until it is waited for.</summary>
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
