using AlignService.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Win32.SafeHandles;

namespace AlignService.Client;

/// <summary>Uploads files: declares them, asks what the server has, sends the rest, and does so again where the connection is lost.</summary>
/// <param name="client">Of the server.</param>
/// <param name="service">The calls.</param>
internal sealed class UploadRun<TRequest, TResponse>(AlignClient client, UploadCalls<TRequest, TResponse> service)
    where TRequest : class
    where TResponse : class
{
    /// <summary>Below what the runtime keeps apart as large objects.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly Patience _patience = new(client.Options);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);

    /// <returns>The server's answer; null where it has all of it under that name already.</returns>
    /// <param name="files">What is uploaded.</param>
    /// <param name="count">Counts the bytes.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays on the server for the next time.</param>
    /// <exception cref="AlignCallException">The server refuses it, or has not answered for too long.</exception>
    public async Task<TResponse?> RunAsync(IReadOnlyList<LocalFile> files, TransferCount count, CancellationToken cancellationToken)
    {
        count.Begin(TransferPhase.Checksums, files.Sum(file => file.Bytes));
        StoredFile[] declared = [.. files.Select(file => file.Declare(count.Add, cancellationToken))];
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

                _patience.Answered();
                count.Begin(TransferPhase.Upload, declared.Sum(file => file.SizeBytes), begun.Received.Sum(file => file.ReceivedBytes));
                return await SendAsync(files, begun, count, cancellationToken);
            }
            catch (AlignCallException exception) when (exception.IsLost && _patience.HasAnswered)
            {
                await _patience.PauseAsync(exception, cancellationToken);
            }
            catch (AlignCallException exception) when (exception.StatusCode == StatusCode.NotFound && !hasEnded)
            {
                // Another call has just ended this very upload, or it was swept; beginning again tells.
                hasEnded = true;
            }
        }
    }

    private async Task<TResponse> SendAsync(IReadOnlyList<LocalFile> files, BegunUpload begun, TransferCount count, CancellationToken cancellationToken)
    {
        Dictionary<string, long> received = begun.Received.ToDictionary(file => file.Path, file => file.ReceivedBytes);
        using AsyncClientStreamingCall<TRequest, TResponse> call = service.Open(cancellationToken);
        return await client.StreamAsync(
            async () =>
            {
                await SendAllAsync(files, begun.Upload, received, call.RequestStream, count, cancellationToken);
                return await call.ResponseAsync;
            },
            cancellationToken);
    }

    /// <summary>Sends what the server does not have, unless the call ends meanwhile: because the server has answered, or the connection broke. The call's own end says which.</summary>
    private async Task SendAllAsync(
        IReadOnlyList<LocalFile> files, string upload, Dictionary<string, long> received, IClientStreamWriter<TRequest> stream, TransferCount count, CancellationToken cancellationToken)
    {
        bool isOpen = await TryAsync(() => stream.WriteAsync(service.Name(upload), cancellationToken), cancellationToken);
        foreach (LocalFile file in files)
        {
            isOpen = isOpen && await SendAsync(file, received.GetValueOrDefault(file.Path), stream, count, cancellationToken);
        }

        _ = isOpen && await TryAsync(stream.CompleteAsync, cancellationToken);
    }

    /// <returns>False: the call has ended.</returns>
    private async Task<bool> SendAsync(LocalFile file, long from, IClientStreamWriter<TRequest> stream, TransferCount count, CancellationToken cancellationToken)
    {
        if (from >= file.Bytes)
        {
            return true;
        }

        using SafeFileHandle? handle = file.Open();
        long at = from;
        for (int read; (read = file.Read(handle, _buffer, at)) > 0; at += read)
        {
            // The message is written before this returns, so the buffer is free again.
            TRequest message = service.Chunk(new FileChunk { Path = file.Path, Offset = at, Data = UnsafeByteOperations.UnsafeWrap(_buffer.AsMemory(0, read)) });
            if (!await TryAsync(() => stream.WriteAsync(message, cancellationToken), cancellationToken))
            {
                return false;
            }

            count.Add(read);
        }

        return true;
    }

    /// <returns>False where the call has ended, for which there are as many exceptions as ways to end.</returns>
    private static async Task<bool> TryAsync(Func<Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception ended) when (ended is InvalidOperationException or IOException or RpcException || (ended is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}

/// <summary>The calls of a service that takes uploads.</summary>
/// <param name="Begin">Declares the files; fails with an <see cref="AlignCallException"/>.</param>
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
