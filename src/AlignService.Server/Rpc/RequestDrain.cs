using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AlignService.Server.Rpc;

/// <summary>
/// A call that ends early reads on for a while what its client still sends, before it answers. A client that is answered while it sends resets the stream, and some (.NET's among
/// them) send one more frame after that; it closes the whole HTTP/2 connection, with every other call on it.
/// </summary>
internal static class RequestDrain
{
    /// <summary>Without a byte: the client waits for the answer.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static void UseRequestDrain(this IApplicationBuilder application) => application.Use(async (context, next) =>
    {
        await next(context);
        if (!context.RequestAborted.IsCancellationRequested && HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            await DrainAsync(context.Request.BodyReader, context.RequestAborted);
        }
    });

    private static async Task DrainAsync(PipeReader body, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long start = Stopwatch.GetTimestamp();
        try
        {
            bool ended = false;
            while (!ended && Stopwatch.GetElapsedTime(start) < Longest)
            {
                silence.CancelAfter(LongestSilence);
                ReadResult read = await body.ReadAsync(silence.Token);
                body.AdvanceTo(read.Buffer.End);
                ended = read.IsCompleted || read.IsCanceled;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // It waits for the answer, or has gone.
        }
    }
}
