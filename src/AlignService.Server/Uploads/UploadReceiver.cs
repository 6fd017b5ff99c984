using AlignService.Server.Mapping;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using Grpc.Core;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Uploads;

/// <summary>Receives the stream of an upload: its name first, then chunks, until the client ends it. What came before a stream breaks stays for the next one.</summary>
internal sealed class UploadReceiver(TimeProvider time)
{
    private const int LargestChunk = 4 << 20;

    /// <summary>A client that sends nothing for so long has gone, or is stuck.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(2);

    /// <returns>The writer, which the caller disposes of, with everything that the client has sent.</returns>
    /// <param name="stream">Of the client.</param>
    /// <param name="partOf">What a message holds.</param>
    /// <param name="store">Has the upload.</param>
    /// <param name="cancellationToken">The call has ended.</param>
    public async Task<UploadWriter> ReceiveAsync<TRequest>(IAsyncStreamReader<TRequest> stream, Func<TRequest, UploadPart> partOf, ResourceStore store, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(LongestSilence, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        UploadWriter? writer = null;
        CancellationToken takenOver = CancellationToken.None;
        try
        {
            if (!await NextAsync(stream, ended.Token) || partOf(stream.Current).Upload is not { Length: > 0 } name)
            {
                throw new InvalidRequestException("upload", "the first message does not name the upload; begin one, and send its name first.");
            }

            writer = await store.OpenAsync(ResourceName.ParseUpload(name, store.Collection, "upload"));
            takenOver = writer.TakenOver;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, takenOver);
            while (await NextAsync(stream, stop.Token))
            {
                silence.CancelAfter(LongestSilence);
                Write(writer, partOf(stream.Current).Chunk ?? throw new InvalidRequestException("chunk", "a message after the first has no chunk; the upload is named once, in the first."));
            }

            return writer;
        }
        catch (OperationCanceledException) when (takenOver.IsCancellationRequested)
        {
            writer?.Dispose();
            throw UploadTakenOverException.ByNewerCall();
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            writer?.Dispose();
            throw UploadTakenOverException.BySilence(LongestSilence);
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    private static void Write(UploadWriter writer, Wire.FileChunk chunk)
    {
        if (chunk.Data.Length > LargestChunk)
        {
            throw new InvalidRequestException("chunk.data", $"it has {chunk.Data.Length} bytes; at most {LargestChunk} are allowed. Send smaller chunks.");
        }

        writer.Write(chunk.Path, chunk.Offset, chunk.Data.Span);
    }

    /// <summary>A stream that broke is a call that was cancelled, whatever the transport says of it.</summary>
    private static async Task<bool> NextAsync<TRequest>(IAsyncStreamReader<TRequest> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken);
        }
        catch (IOException broken)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The stream broke; what came before is kept.", broken));
        }
    }
}

/// <summary>What one message of an upload's stream holds.</summary>
/// <param name="Upload">The upload's name; null where it does not have one.</param>
/// <param name="Chunk">Null where it has none.</param>
internal readonly record struct UploadPart(string? Upload, Wire.FileChunk? Chunk);
