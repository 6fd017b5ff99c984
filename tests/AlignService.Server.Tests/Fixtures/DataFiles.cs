using System.Text;
using AlignService.Contracts.V1;
using Google.Protobuf;
using Grpc.Core;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>Files of data as a client has them, in memory, and how the client sends them.</summary>
internal static class DataFiles
{
    public static async Task<UploadDatasetResponse> UploadAsync(TestServer server, string name, CancellationToken cancellationToken, params (string Path, byte[] Content)[] files)
    {
        BeginUploadResponse begun = await BeginAsync(server, name, cancellationToken, files);
        if (begun.Dataset is { } existing)
        {
            return new UploadDatasetResponse { Dataset = existing };
        }

        using AsyncClientStreamingCall<UploadDatasetRequest, UploadDatasetResponse> call = server.Datasets.UploadDataset(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(new UploadDatasetRequest { Upload = begun.Upload }, cancellationToken);
        foreach ((string path, byte[] content) in files)
        {
            int from = (int)begun.Received.Single(file => file.Path == path).ReceivedBytes;
            foreach (byte[] part in content[from..].Chunk(50_000))
            {
                await call.RequestStream.WriteAsync(new UploadDatasetRequest { Chunk = new FileChunk { Path = path, Offset = from, Data = ByteString.CopyFrom(part) } }, cancellationToken);
                from += part.Length;
            }
        }

        await call.RequestStream.CompleteAsync();
        return await call.ResponseAsync;
    }

    public static Task<UploadDatasetResponse> UploadAsync(TestServer server, string name, string path, string text, CancellationToken cancellationToken) =>
        UploadAsync(server, name, cancellationToken, (path, Encoding.UTF8.GetBytes(text)));

    public static async Task<BeginUploadResponse> BeginAsync(TestServer server, string name, CancellationToken cancellationToken, params (string Path, byte[] Content)[] files) =>
        await server.Datasets.BeginUploadAsync(
            new BeginUploadRequest { Name = name, Files = { files.Select(file => new StoredFile { Path = file.Path, SizeBytes = file.Content.Length, Sha256 = ModelFiles.Sha256(file.Content) }) } },
            cancellationToken: cancellationToken);
}
