using System.Runtime.CompilerServices;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>Follows the events of an existing job to its end. A lost connection is reopened after the last cursor, so nothing is missed or repeated.</summary>
internal sealed class JobFollower(JobClient client, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private TimeSpan _pause = FirstPause;
    private long? _lostAt;

    public async IAsyncEnumerable<JobEvent> FollowAsync(string name, long afterCursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Asked before the stream is opened: if the job has ended by now, the stream's own end is the end of its events.
            bool ended = await HasEndedAsync(name, cancellationToken);
            using var call = client.Watch(new WatchJobRequest { Name = name, AfterCursor = afterCursor }, cancellationToken);
            while (await NextAsync(call.ResponseStream, cancellationToken) is { } current)
            {
                (_lostAt, _pause) = (null, FirstPause);
                afterCursor = current.Cursor;
                ended = current.StateChanged is { } change ? JobEnd.IsEnd(change.To) : ended; // an extended job ended before
                yield return current;
            }

            if (ended && _lostAt is null)
            {
                yield break;
            }

            await PauseAsync(name, cancellationToken);
        }
    }

    private async Task<bool> HasEndedAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return JobEnd.IsEnd((await client.GetAsync(name, cancellationToken)).State);
            }
            catch (CommandException exception) when (exception.ExitCode == ExitCode.ServerUnreachable)
            {
                await PauseAsync(name, cancellationToken);
            }
        }
    }

    /// <summary>The stream's next event; null where the stream ended or the connection was lost.</summary>
    private async Task<JobEvent?> NextAsync(IAsyncStreamReader<WatchJobResponse> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken) ? stream.Current.Event : null;
        }
        catch (RpcException exception) when (RpcErrors.IsLostConnection(exception))
        {
            _lostAt ??= time.GetTimestamp();
            return null;
        }
        catch (RpcException exception)
        {
            throw RpcErrors.Translate(exception, client.Address);
        }
    }

    private async Task PauseAsync(string name, CancellationToken cancellationToken)
    {
        _lostAt ??= time.GetTimestamp();
        if (time.GetElapsedTime(_lostAt.Value) > Patience)
        {
            throw new CommandException(
                ExitCode.ServerUnreachable,
                $"The server at {client.Address} has not responded for {Patience.TotalMinutes} minutes. The job keeps running; try `align watch {name}` later.");
        }

        CommandOutput.Note($"The connection to {client.Address} was lost; retrying in {_pause.TotalSeconds} s.");
        await Task.Delay(_pause, time, cancellationToken);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
