using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AlignService.Server.Hosting;

/// <summary>
/// Lets HTTP/1.1 and HTTP/2 share a port without TLS. Kestrel fixes the version of a cleartext endpoint beforehand, so there are two pipelines: the
/// HTTP/2 one belongs to the real endpoint, the HTTP/1.1 one to an endpoint that never accepts anything itself. Each new connection shows by its first
/// bytes (the preface that RFC 9113, section 3.4 prescribes) which pipeline it belongs to.
/// </summary>
internal sealed class HttpVersionSplitter(TimeProvider time)
{
    /// <summary>A connection that sends nothing is closed, as Kestrel's own keep-alive time-out would.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(130);

    private ConnectionDelegate? _http1;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Middleware of the endpoint that has the HTTP/1.1 pipeline.</summary>
    public ConnectionDelegate CaptureHttp1(ConnectionDelegate next)
    {
        _http1 = next;
        return next;
    }

    /// <summary>Middleware of the endpoint that listens, whose own pipeline speaks HTTP/2.</summary>
    public ConnectionDelegate Split(ConnectionDelegate http2) => async connection =>
    {
        using var silence = new CancellationTokenSource(LongestSilence, time);
        CancellationToken closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, closing, connection.ConnectionClosed);
        bool? isHttp2;
        try
        {
            isHttp2 = await StartsWithPrefaceAsync(connection.Transport.Input, giveUp.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            return;
        }

        switch (isHttp2)
        {
            case true:
                await http2(connection);
                break;
            case false:
                await _http1!(connection);
                break;
            default:
                // Closed without a word: a port probe.
                break;
        }
    };

    /// <summary>Looks without taking; null where the connection ends before anything is sent.</summary>
    private static async Task<bool?> StartsWithPrefaceAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> seen = result.Buffer;
            bool? answer = Judge(seen);
            if (answer is not null || result.IsCompleted)
            {
                // Nothing is examined, so that the pipeline's first read returns at once with the same bytes.
                input.AdvanceTo(seen.Start);
                return answer ?? (seen.IsEmpty ? null : false);
            }

            input.AdvanceTo(seen.Start, seen.End);
        }
    }

    /// <summary>Null while the bytes could still become the preface.</summary>
    private static bool? Judge(ReadOnlySequence<byte> seen)
    {
        Span<byte> start = stackalloc byte[Preface.Length];
        int count = (int)Math.Min(seen.Length, Preface.Length);
        seen.Slice(0, count).CopyTo(start);
        if (!Preface.StartsWith(start[..count]))
        {
            return false;
        }

        return count == Preface.Length ? true : null;
    }
}
