using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Win32.SafeHandles;

namespace AlignService.Cli.Transfers;

/// <summary>Uploads files: declares them, asks what the server has, sends the rest, and does so again where the connection is lost.</summary>
/// <param name="service">The calls.</param>
/// <param name="address">Of the server.</param>
/// <param name="patience">With a server that does not answer.</param>
internal sealed class UploadRun<TRequest, TResponse>(UploadCalls<TRequest, TResponse> service, Uri address, Patience patience)
    where TRequest : class
    where TResponse : class
{
    /// <summary>Below what the runtime keeps apart as large objects.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);

    /// <returns>The server's answer; null where it has all of it under that name already.</returns>
    /// <param name="files">What is uploaded.</param>
    /// <param name="meter">Shows the progress.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays on the server for the next time.</param>
    /// <exception cref="CommandException">The server refuses it, or has not answered for too long.</exception>
    public async Task<TResponse?> RunAsync(IReadOnlyList<LocalFile> files, TransferMeter meter, CancellationToken cancellationToken)
    {
        meter.Begin("checksums", files.Sum(file => file.Bytes));
        StoredFile[] declared = [.. files.Select(file => file.Declare(meter.Add, cancellationToken))];
        bool hasEnded = false;
        while (true)
        {
            try
            {
                BegunUpload begun = await service.Begin(declared, cancellationToken);
                if (begun.Upload.Length == 0)
                {
                    return null;
                }

                patience.Answered();
                meter.Begin("upload", declared.Sum(file => file.SizeBytes), begun.Received.Sum(file => file.ReceivedBytes));
                return await SendAsync(files, begun, meter, cancellationToken);
            }
            catch (RpcException exception) when (RpcErrors.IsLostConnection(exception))
            {
                await patience.PauseAsync(exception, cancellationToken);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound && !hasEnded)
            {
                // Another call has just ended this very upload, or it was swept; beginning again tells.
                hasEnded = true;
            }
            catch (RpcException exception)
            {
                throw RpcErrors.Translate(exception, address);
            }
        }
    }

    private async Task<TResponse> SendAsync(IReadOnlyList<LocalFile> files, BegunUpload begun, TransferMeter meter, CancellationToken cancellationToken)
    {
        Dictionary<string, long> received = begun.Received.ToDictionary(file => file.Path, file => file.ReceivedBytes);
        using AsyncClientStreamingCall<TRequest, TResponse> call = service.Open(cancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(service.Name(begun.Upload), cancellationToken);
            foreach (LocalFile file in files)
            {
                await SendAsync(file, received.GetValueOrDefault(file.Path), call.RequestStream, meter, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception ended) when (ended is InvalidOperationException or RpcException { StatusCode: StatusCode.OK })
        {
            // The server has answered before everything was sent: below is what it says.
        }

        meter.Finish();
        return await call.ResponseAsync;
    }

    private async Task SendAsync(LocalFile file, long from, IClientStreamWriter<TRequest> stream, TransferMeter meter, CancellationToken cancellationToken)
    {
        if (from >= file.Bytes)
        {
            return;
        }

        using SafeFileHandle? handle = file.Open();
        long at = from;
        for (int count; (count = file.Read(handle, _buffer, at)) > 0; at += count)
        {
            // The message is written before this returns, so the buffer is free again.
            await stream.WriteAsync(service.Chunk(new FileChunk { Path = file.Path, Offset = at, Data = UnsafeByteOperations.UnsafeWrap(_buffer.AsMemory(0, count)) }), cancellationToken);
            meter.Add(count);
        }
    }
}

/// <summary>The calls of a service that takes uploads.</summary>
/// <param name="Begin">Declares the files; fails with an <see cref="RpcException"/>.</param>
/// <param name="Open">Begins a stream.</param>
/// <param name="Name">Its first message.</param>
/// <param name="Chunk">A further message.</param>
internal sealed record UploadCalls<TRequest, TResponse>(
    Func<IEnumerable<StoredFile>, CancellationToken, Task<BegunUpload>> Begin,
    Func<CancellationToken, AsyncClientStreamingCall<TRequest, TResponse>> Open,
    Func<string, TRequest> Name,
    Func<FileChunk, TRequest> Chunk);

/// <summary>An upload that the server knows.</summary>
/// <param name="Upload">Its name; empty where everything is there under the resource's name already.</param>
/// <param name="Received">What the server has.</param>
internal sealed record BegunUpload(string Upload, IReadOnlyList<FileProgress> Received);
