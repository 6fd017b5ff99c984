using System.Security.Cryptography;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Models;

/// <summary>
/// An import and a download of 50 MB, each broken off ten times at random places: every byte is right in the end, and what client and server hold in memory does not grow with the size.
/// `service-transfer` does the same with 2 GB, through the program, with its speed. Runs alone, because it measures the process's memory.
/// </summary>
[TestClass(DisableParallelization = true)]
public sealed class InterruptedTransferTests : IDisposable
{
    private const int Bytes = 50_000_000, Interruptions = 10, ChunkBytes = 64 << 10, Seed = 13;

    /// <summary>Far below the size of the file, and far above what buffers and the collector's young generation take.</summary>
    private const long MostGrowth = 40_000_000;

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ten_interruptions_of_each_change_no_byte()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        ModelFiles files = WriteModel();
        await ModelFiles.Policy.ImportAsync(server, "models/warm", Cancel);
        await ModelFiles.DownloadAsync(server, "models/warm", Cancel);

        (int streams, MemoryGrowth up) = await GrowthAsync(() => ImportAsync(server, files));
        (Dictionary<string, string> received, MemoryGrowth down) = await GrowthAsync(() => DownloadAsync(server));

        Assert.Equal(Interruptions + 1, streams);
        Assert.Equal(files.Declared.ToDictionary(file => file.Path, file => file.Sha256), received);
        Assert.All(files.Declared, file => Assert.Equal(file.Sha256, ModelFiles.Sha256(File.ReadAllBytes(Path.Combine(server.Folder.Path, "models/large", file.Path)))));
        Assert.InRange(up.Peak, long.MinValue, MostGrowth);
        Assert.InRange(down.Peak, long.MinValue, MostGrowth);
        TestContext.Current.TestOutputHelper!.WriteLine($"memory grew by at most {up.Peak >> 20} MiB up and {down.Peak >> 20} MiB down");
    }

    /// <returns>How many streams it took.</returns>
    private static async Task<int> ImportAsync(TestServer server, ModelFiles files)
    {
        Random random = new(Seed);
        for (int stream = 1; ; stream++)
        {
            BeginImportResponse begun = await server.Models.BeginImportAsync(new BeginImportRequest { Name = "models/large", Files = { files.Declared } }, cancellationToken: Cancel);
            if (stream > Interruptions)
            {
                Assert.InRange(begun.Received.Sum(file => file.ReceivedBytes), Bytes / 20, Bytes);
                await ModelFiles.SendAsync(server, begun.Upload, files.Missing(begun.Received), Cancel);
                return stream;
            }

            using CancellationTokenSource broken = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            int left = random.Next(1, Bytes / ChunkBytes / Interruptions);
            await Assert.ThrowsAnyAsync<Exception>(() => ModelFiles.SendAsync(server, begun.Upload, Until(files.Missing(begun.Received), left, broken), broken.Token));
        }
    }

    private static IEnumerable<FileChunk> Until(IEnumerable<FileChunk> chunks, int count, CancellationTokenSource broken)
    {
        foreach (FileChunk chunk in chunks)
        {
            if (count-- == 0)
            {
                broken.Cancel();
            }

            yield return chunk;
        }
    }

    /// <returns>The checksum of each file as it was written here.</returns>
    private async Task<Dictionary<string, string>> DownloadAsync(TestServer server)
    {
        Random random = new(Seed);
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "down")).FullName;
        Dictionary<string, string> told = [];
        for (int stream = 1; told.Count < ModelFiles.Policy.Declared.Count + 1; stream++)
        {
            IEnumerable<FileProgress> received = Directory.GetFiles(folder).Select(file => new FileProgress { Path = Path.GetFileName(file), ReceivedBytes = new FileInfo(file).Length });
            using AsyncServerStreamingCall<DownloadModelResponse> call = server.Models.DownloadModel(new DownloadModelRequest { Name = "models/large", Received = { received } }, cancellationToken: Cancel);
            for (int left = stream > Interruptions ? int.MaxValue : random.Next(1, Bytes / ChunkBytes / Interruptions); left > 0 && await call.ResponseStream.MoveNext(Cancel); left--)
            {
                if (call.ResponseStream.Current.Chunk is { } chunk)
                {
                    await using FileStream file = new(Path.Combine(folder, chunk.Path), FileMode.Append);
                    Assert.Equal(chunk.Offset, file.Length);
                    chunk.Data.WriteTo(file);
                    if (chunk.Sha256.Length > 0)
                    {
                        told[chunk.Path] = chunk.Sha256;
                    }
                }
            }
        }

        return Directory.GetFiles(folder).ToDictionary(file => Path.GetFileName(file)!, HashOf);
    }

    /// <summary>In pieces: the file as a whole in memory would be what is measured.</summary>
    private static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static async Task<(T Result, MemoryGrowth Growth)> GrowthAsync<T>(Func<Task<T>> work)
    {
        (Task<T> done, MemoryGrowth growth) = MemoryGrowth.During(() =>
        {
            Task<T> task = Task.Run(work);
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
            return task;
        });
        return (await done, growth);
    }

    /// <summary>The demo's policy, and a large file beside it.</summary>
    private ModelFiles WriteModel()
    {
        foreach (StoredFile file in ModelFiles.Policy.Declared)
        {
            File.WriteAllBytes(Path.Combine(_folder.Path, file.Path), ModelFiles.Policy.Read(file.Path));
        }

        byte[] large = new byte[Bytes];
        new Random(Seed).NextBytes(large);
        File.WriteAllBytes(Path.Combine(_folder.Path, "large.data"), large);
        return new ModelFiles(_folder.Path);
    }
}
