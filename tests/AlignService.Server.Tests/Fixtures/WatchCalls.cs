using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Server.Tests.Fixtures;

internal static class WatchCalls
{
    public static async Task<List<JobEvent>> TakeAsync(this AsyncServerStreamingCall<WatchJobResponse> call, int count, CancellationToken cancellationToken)
    {
        var events = new List<JobEvent>();
        while (events.Count < count && await call.ResponseStream.MoveNext(cancellationToken))
        {
            events.Add(call.ResponseStream.Current.Event);
        }

        return events;
    }

    public static Task<List<JobEvent>> TakeAllAsync(this AsyncServerStreamingCall<WatchJobResponse> call, CancellationToken cancellationToken) =>
        call.TakeAsync(int.MaxValue, cancellationToken);
}
