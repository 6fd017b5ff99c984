using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using Grpc.Core;

namespace AlignService.Cli.Transfers;

/// <summary>Waits between attempts to reach a server, longer and longer, and gives up in the end.</summary>
internal sealed class Patience(Uri address, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private TimeSpan _pause = FirstPause;
    private long? _silentSince;

    /// <summary>Whether the server has answered yet; one that never did is not there.</summary>
    private bool _hasAnswered;

    public void Answered() => (_pause, _silentSince, _hasAnswered) = (FirstPause, null, true);

    /// <exception cref="CommandException">The server was never reached, or has not answered for too long.</exception>
    public async Task PauseAsync(RpcException lost, CancellationToken cancellationToken)
    {
        _silentSince ??= time.GetTimestamp();
        if (!_hasAnswered || time.GetElapsedTime(_silentSince.Value) > Longest)
        {
            throw RpcErrors.Translate(new RpcException(new Status(StatusCode.Unavailable, lost.Status.Detail, lost.Status.DebugException)), address);
        }

        CommandOutput.Note($"The connection to {address} was lost; continuing in {_pause.TotalSeconds} s.");
        await Task.Delay(_pause, time, cancellationToken);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
