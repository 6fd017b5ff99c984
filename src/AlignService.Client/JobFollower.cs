using System.Runtime.CompilerServices;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Client;

/// <summary>Follows the events of an existing job to its end, over lost connections.</summary>
internal sealed class JobFollower(AlignClient client, JobService.JobServiceClient service)
{
    private readonly Patience _patience = new(client.Options);

    public async IAsyncEnumerable<JobEvent> FollowAsync(string name, long afterCursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Asked before the stream is opened: if the job has ended by now, the stream's own end is the end of its events.
            bool ended = await HasEndedAsync(name, cancellationToken);
            using AsyncServerStreamingCall<WatchJobResponse> call = service.WatchJob(new WatchJobRequest { Name = name, AfterCursor = afterCursor }, cancellationToken: cancellationToken);
            AlignCallException? lost = null;
            while (true)
            {
                try
                {
                    if (!await client.NextAsync(call.ResponseStream, cancellationToken))
                    {
                        break;
                    }
                }
                catch (AlignCallException exception) when (exception.IsLost)
                {
                    lost = exception;
                    break;
                }

                _patience.Answered();
                JobEvent current = call.ResponseStream.Current.Event;
                afterCursor = current.Cursor;
                ended = current.StateChanged is { } change ? JobClient.HasEnded(change.To) : ended; // an extended job ended before
                yield return current;
            }

            if (ended && lost is null)
            {
                yield break;
            }

            await _patience.PauseAsync(lost ?? AlignCallException.OfEndedStream(client.Address), cancellationToken);
        }
    }

    private async Task<bool> HasEndedAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return JobClient.HasEnded((await client.Jobs.GetAsync(name, cancellationToken: cancellationToken)).State);
            }
            catch (AlignCallException exception) when (exception.IsUnreachable)
            {
                await _patience.PauseAsync(exception, cancellationToken);
            }
        }
    }
}
