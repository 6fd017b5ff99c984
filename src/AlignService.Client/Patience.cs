namespace AlignService.Client;

/// <summary>Waits between attempts to reach a server, longer and longer, and gives up in the end.</summary>
internal sealed class Patience(AlignClientOptions options)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private TimeSpan _pause = FirstPause;
    private long? _silentSince;

    /// <summary>Whether the server has answered yet; one that never did may not exist.</summary>
    public bool HasAnswered { get; private set; }

    public void Answered() => (_pause, _silentSince, HasAnswered) = (FirstPause, null, true);

    /// <summary>Waits for the next attempt. Throws what ended the last one when the server has not answered for too long.</summary>
    /// <param name="lost">What ended the attempt.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task PauseAsync(AlignCallException lost, CancellationToken cancellationToken)
    {
        _silentSince ??= options.Time.GetTimestamp();
        if (options.Time.GetElapsedTime(_silentSince.Value) > options.Patience)
        {
            throw lost;
        }

        options.Lost?.Invoke(new ConnectionLost(options.Address, _pause));
        await Task.Delay(_pause, options.Time, cancellationToken);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
