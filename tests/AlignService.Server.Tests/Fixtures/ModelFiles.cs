using System.Security.Cryptography;
using AlignService.Contracts.V1;
using AlignService.Testing;
using Google.Protobuf;
using Grpc.Core;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A model directory as a client has it, and how the client sends it.</summary>
internal sealed class ModelFiles(string directory)
{
    private const int ChunkBytes = 64 << 10;

    /// <summary>The demo's policy: small, real and always there.</summary>
    public static ModelFiles Policy { get; } = new(Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy"));

    /// <summary>Everything below the directory, declared.</summary>
    public IReadOnlyList<StoredFile> Declared { get; } =
    [
        .. Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => new StoredFile
        {
            Path = Path.GetRelativePath(directory, file),
            SizeBytes = new FileInfo(file).Length,
            Sha256 = Sha256(File.ReadAllBytes(file)),
        }),
    ];

    public long Bytes => Declared.Sum(file => file.SizeBytes);

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public byte[] Read(string path) => File.ReadAllBytes(Path.Combine(directory, path));

    /// <summary>Every chunk that the server does not have.</summary>
    public IEnumerable<FileChunk> Missing(IEnumerable<FileProgress> received)
    {
        Dictionary<string, long> known = received.ToDictionary(file => file.Path, file => file.ReceivedBytes);
        foreach (StoredFile file in Declared)
        {
            using FileStream stream = File.OpenRead(Path.Combine(directory, file.Path));
            byte[] buffer = new byte[ChunkBytes];
            for (long at = stream.Position = known.GetValueOrDefault(file.Path); stream.Read(buffer) is > 0 and int read; at += read)
            {
                yield return new FileChunk { Path = file.Path, Offset = at, Data = ByteString.CopyFrom(buffer, 0, read) };
            }
        }
    }

    public async Task<StoredModel> ImportAsync(TestServer server, string name, CancellationToken cancellationToken, Metadata? credentials = null)
    {
        BeginImportResponse begun = await server.Models.BeginImportAsync(new BeginImportRequest { Name = name, Files = { Declared } }, credentials, cancellationToken: cancellationToken);
        return begun.Model ?? await SendAsync(server, begun.Upload, Missing(begun.Received), cancellationToken, credentials);
    }

    /// <summary>One stream from its begin to its end.</summary>
    public static async Task<StoredModel> SendAsync(TestServer server, string upload, IEnumerable<FileChunk> chunks, CancellationToken cancellationToken, Metadata? credentials = null)
    {
        using AsyncClientStreamingCall<ImportModelRequest, ImportModelResponse> call = server.Models.ImportModel(credentials, cancellationToken: cancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(new ImportModelRequest { Upload = upload }, cancellationToken);
            foreach (FileChunk chunk in chunks)
            {
                await call.RequestStream.WriteAsync(new ImportModelRequest { Chunk = chunk }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The server has ended the call; its answer says why.
        }

        return (await call.ResponseAsync).Model;
    }

    /// <summary>Takes a whole model down into memory.</summary>
    public static async Task<Dictionary<string, byte[]>> DownloadAsync(TestServer server, string name, CancellationToken cancellationToken, Metadata? credentials = null)
    {
        using AsyncServerStreamingCall<DownloadModelResponse> call = server.Models.DownloadModel(new DownloadModelRequest { Name = name }, credentials, cancellationToken: cancellationToken);
        Dictionary<string, MemoryStream> files = [];
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            if (call.ResponseStream.Current.Chunk is { } chunk)
            {
                MemoryStream file = files.TryGetValue(chunk.Path, out MemoryStream? begun) ? begun : files[chunk.Path] = new MemoryStream();
                if (file.Length != chunk.Offset || (chunk.Sha256.Length > 0 && Sha256([.. file.ToArray(), .. chunk.Data]) != chunk.Sha256))
                {
                    throw new InvalidDataException($"{chunk.Path} at {chunk.Offset}");
                }

                chunk.Data.WriteTo(file);
            }
        }

        return files.ToDictionary(file => file.Key, file => file.Value.ToArray());
    }
}
