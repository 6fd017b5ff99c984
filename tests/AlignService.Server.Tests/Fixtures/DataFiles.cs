using System.Text;
using AlignService.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>Files of data as a client has them, in memory, and how the client sends them.</summary>
/// <param name="server">Where they go.</param>
/// <param name="credentials">Of the client.</param>
internal sealed class DataFiles(TestServer server, Metadata credentials)
{
    private const int ChunkBytes = 50_000;

    public static Task<UploadDatasetResponse> UploadAsync(TestServer server, string name, CancellationToken cancellationToken, params (string Path, byte[] Content)[] files) =>
        new DataFiles(server, []).UploadAsync(name, cancellationToken, files);

    public static Task<UploadDatasetResponse> UploadAsync(TestServer server, string name, string path, string text, CancellationToken cancellationToken) =>
        UploadAsync(server, name, cancellationToken, (path, Encoding.UTF8.GetBytes(text)));

    public static Task<BeginUploadResponse> BeginAsync(TestServer server, string name, CancellationToken cancellationToken, params (string Path, byte[] Content)[] files) =>
        new DataFiles(server, []).BeginAsync(name, cancellationToken, files);

    public async Task<UploadDatasetResponse> UploadAsync(string name, CancellationToken cancellationToken, params (string Path, byte[] Content)[] files)
    {
        BeginUploadResponse begun = await BeginAsync(name, cancellationToken, files);
        return begun.Dataset is { } existing ? new UploadDatasetResponse { Dataset = existing } : await SendAsync(begun.Upload, Missing(begun, files), cancellationToken);
    }

    public async Task<BeginUploadResponse> BeginAsync(string name, CancellationToken cancellationToken, params (string Path, byte[] Content)[] files) =>
        await server.Datasets.BeginUploadAsync(
            new BeginUploadRequest { Name = name, Files = { files.Select(file => new StoredFile { Path = file.Path, SizeBytes = file.Content.Length, Sha256 = ModelFiles.Sha256(file.Content) }) } },
            credentials,
            cancellationToken: cancellationToken);

    /// <summary>One stream from its begin to its end.</summary>
    public async Task<UploadDatasetResponse> SendAsync(string upload, IEnumerable<FileChunk> chunks, CancellationToken cancellationToken)
    {
        using AsyncClientStreamingCall<UploadDatasetRequest, UploadDatasetResponse> call = server.Datasets.UploadDataset(credentials, cancellationToken: cancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(new UploadDatasetRequest { Upload = upload }, cancellationToken);
            foreach (FileChunk chunk in chunks)
            {
                await call.RequestStream.WriteAsync(new UploadDatasetRequest { Chunk = chunk }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // The server has ended the call; its answer says why.
        }

        return await call.ResponseAsync;
    }

    /// <summary>Every chunk that the server does not have.</summary>
    public static IEnumerable<FileChunk> Missing(BeginUploadResponse begun, params (string Path, byte[] Content)[] files)
    {
        foreach ((string path, byte[] content) in files)
        {
            int from = (int)begun.Received.Single(file => file.Path == path).ReceivedBytes;
            foreach (byte[] part in content[from..].Chunk(ChunkBytes))
            {
                yield return new FileChunk { Path = path, Offset = from, Data = ByteString.CopyFrom(part) };
                from += part.Length;
            }
        }
    }
}
