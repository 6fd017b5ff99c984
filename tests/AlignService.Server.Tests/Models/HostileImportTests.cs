using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Server.Uploads;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AlignService.Server.Tests.Models;

/// <summary>Streams that are not what they should be: each gets one clear error, and the import can be finished all the same.</summary>
public sealed class HostileImportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, StatusCode, string> Streams => new()
    {
        { "nothing", StatusCode.InvalidArgument, "upload" },
        { "chunk first", StatusCode.InvalidArgument, "upload" },
        { "named twice", StatusCode.InvalidArgument, "chunk" },
        { "no content", StatusCode.InvalidArgument, "chunk" },
        { "another upload", StatusCode.NotFound, "" },
        { "no upload", StatusCode.InvalidArgument, "upload" },
        { "path outside", StatusCode.InvalidArgument, "chunk.path" },
        { "a gap", StatusCode.InvalidArgument, "chunk.offset" },
        { "again", StatusCode.FailedPrecondition, "" },
        { "negative", StatusCode.InvalidArgument, "chunk.offset" },
        { "too much", StatusCode.InvalidArgument, "chunk.data" },
        { "too large", StatusCode.InvalidArgument, "chunk.data" },
        { "empty", StatusCode.InvalidArgument, "chunk.data" },
        { "other bytes", StatusCode.InvalidArgument, "chunk.data" },
        { "ended early", StatusCode.FailedPrecondition, "" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_stream_that_is_none_is_refused_and_the_next_one_finishes(string kind, StatusCode status, string field)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        BeginImportResponse begun = await BeginAsync(server);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => SendAsync(server, Messages(kind, begun.Upload)));

        Assert.Equal(status, refused.StatusCode);
        Assert.Equal(field, refused.GetRpcStatus()!.GetDetail<BadRequest>()?.FieldViolations[0].Field ?? "");
        BeginImportResponse again = await BeginAsync(server);
        Assert.Equal(begun.Upload, again.Upload);
        Assert.Equal("models/policy", (await ModelFiles.SendAsync(server, again.Upload, ModelFiles.Policy.Missing(again.Received), Cancel)).Name);
        Assert.All(await ModelFiles.DownloadAsync(server, "models/policy", Cancel), file => Assert.Equal(ModelFiles.Policy.Read(file.Key), file.Value));
    }

    [Fact]
    public async Task A_client_that_comes_back_ends_the_stream_of_the_one_that_went()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        BeginImportResponse begun = await BeginAsync(server);
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher written = new(Path.Combine(server.Folder.Path, "models"), "0") { IncludeSubdirectories = true };
        written.Created += (_, _) => arrived.TrySetResult();
        written.Changed += (_, _) => arrived.TrySetResult();
        written.EnableRaisingEvents = true;
        using AsyncClientStreamingCall<ImportModelRequest, ImportModelResponse> silent = server.Models.ImportModel(cancellationToken: Cancel);
        FileChunk[] chunks = [.. ModelFiles.Policy.Missing([])];
        await silent.RequestStream.WriteAsync(new ImportModelRequest { Upload = begun.Upload }, Cancel);
        await silent.RequestStream.WriteAsync(new ImportModelRequest { Chunk = chunks[0] }, Cancel);
        await arrived.Task.WaitAsync(Cancel); // the newest call is the one that the server has seen last

        StoredModel made = await ModelFiles.Policy.ImportAsync(server, "models/policy", Cancel);

        Assert.Equal("models/policy", made.Name);
        RpcException taken = await Assert.ThrowsAsync<RpcException>(async () => await silent.ResponseAsync);
        Assert.Contains(taken.StatusCode, (StatusCode[])[StatusCode.Aborted, StatusCode.NotFound]); // or it was made before that one was looked at
    }

    [Fact]
    public async Task A_stream_that_sends_nothing_ends_by_itself()
    {
        AwaitedClock time = new();
        await using TestServer server = await TestServer.StartAsync(options => options, builder => builder.Services.AddSingleton(provider => new UploadReceiver(time)), Cancel);
        BeginImportResponse begun = await BeginAsync(server);
        using AsyncClientStreamingCall<ImportModelRequest, ImportModelResponse> silent = server.Models.ImportModel(cancellationToken: Cancel);
        await silent.RequestStream.WriteAsync(new ImportModelRequest { Upload = begun.Upload }, Cancel);

        await time.Waiting.WaitAsync(Cancel);
        time.Advance(TimeSpan.FromMinutes(2));

        RpcException ended = await Assert.ThrowsAsync<RpcException>(async () => await silent.ResponseAsync);
        Assert.Equal(StatusCode.Aborted, ended.StatusCode);
        Assert.Contains("nothing came for 120 s", ended.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Those who come too late are refused while they send; what is still on its way must not close the connection, on which the others send (it did in one of ten rounds).</summary>
    [Fact]
    public async Task Many_clients_that_import_the_same_name_leave_one_whole_model()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using TestFolder folder = new();
        foreach (StoredFile file in ModelFiles.Policy.Declared)
        {
            File.WriteAllBytes(Path.Combine(folder.Path, file.Path), ModelFiles.Policy.Read(file.Path));
        }

        folder.Write("README.md", "another model of that name");
        ModelFiles[] contents = [ModelFiles.Policy, new(folder.Path)];
        for (int round = 0; round < 12; round++)
        {
            string name = $"models/policy-{round}";
            Grpc.Core.Status[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ImportOutcomeAsync(server, contents[i % 2], name)));

            Assert.Contains(outcomes, outcome => outcome.StatusCode == StatusCode.OK);
            StatusCode[] expected = [StatusCode.OK, StatusCode.AlreadyExists, StatusCode.Aborted, StatusCode.NotFound]; // its upload has just become the model
            Assert.DoesNotContain(outcomes, outcome => !expected.Contains(outcome.StatusCode));
            Dictionary<string, byte[]> made = await ModelFiles.DownloadAsync(server, name, Cancel);
            ModelFiles winner = contents.Single(content => content.Declared.Count == made.Count);
            Assert.All(made, file => Assert.Equal(winner.Read(file.Key), file.Value));
        }
    }

    private static async Task<Grpc.Core.Status> ImportOutcomeAsync(TestServer server, ModelFiles content, string name)
    {
        try
        {
            await content.ImportAsync(server, name, Cancel);
            return Grpc.Core.Status.DefaultSuccess;
        }
        catch (RpcException exception)
        {
            return exception.Status;
        }
    }

    [Fact]
    public async Task A_full_disk_and_a_full_quota_are_told()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxModelsGib = 1 }, Cancel);
        BeginImportResponse begun = await BeginAsync(server);
        string part = Path.Combine(server.Folder.Path, "models", $".upload.policy.{begun.Upload[^64..]}", ".parts", "2"); // model.safetensors
        File.CreateSymbolicLink(part, "/dev/full");

        RpcException full = await Assert.ThrowsAsync<RpcException>(() => ModelFiles.SendAsync(server, begun.Upload, ModelFiles.Policy.Missing(begun.Received), Cancel));
        Assert.Equal((StatusCode.ResourceExhausted, "DISK_FULL"), (full.StatusCode, full.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        File.Delete(part);
        await ModelFiles.Policy.ImportAsync(server, "models/policy", Cancel);

        RpcException quota = await Assert.ThrowsAsync<RpcException>(async () => await server.Models.BeginImportAsync(
            new BeginImportRequest { Name = "models/huge", Files = { new StoredFile { Path = "a", SizeBytes = 1L << 30, Sha256 = new string('0', 64) } } }, cancellationToken: Cancel));
        Assert.Equal((StatusCode.ResourceExhausted, "models"), (quota.StatusCode, Assert.Single(quota.GetRpcStatus()!.GetDetail<QuotaFailure>()!.Violations).Subject));
    }

    /// <summary>Tells when somebody waits for it.</summary>
    private sealed class AwaitedClock() : FakeTimeProvider(TimeProvider.System.GetUtcNow())
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waiting => _waiting.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            _waiting.TrySetResult();
            return timer;
        }
    }

    private static async Task<BeginImportResponse> BeginAsync(TestServer server) =>
        await server.Models.BeginImportAsync(new BeginImportRequest { Name = "models/policy", Files = { ModelFiles.Policy.Declared } }, cancellationToken: Cancel);

    private static IReadOnlyList<ImportModelRequest> Messages(string kind, string upload)
    {
        ImportModelRequest name = new() { Upload = upload };
        FileChunk first = ModelFiles.Policy.Missing([]).First(), whole = new() { Path = first.Path, Data = ByteString.CopyFrom(ModelFiles.Policy.Read(first.Path)) };
        ImportModelRequest Chunk(Action<FileChunk> change)
        {
            FileChunk chunk = first.Clone();
            change(chunk);
            return new ImportModelRequest { Chunk = chunk };
        }

        ImportModelRequest one = Chunk(chunk => chunk.Data = ByteString.CopyFrom(first.Data.Span[..10]));
        return kind switch
        {
            "nothing" => [],
            "chunk first" => [one],
            "named twice" => [name, name],
            "no content" => [name, new ImportModelRequest()],
            "another upload" => [new ImportModelRequest { Upload = $"models/policy/uploads/{new string('0', 64)}" }],
            "no upload" => [new ImportModelRequest { Upload = "models/policy" }],
            "path outside" => [name, Chunk(chunk => chunk.Path = "../../escaped")],
            "a gap" => [name, Chunk(chunk => chunk.Offset = 1)],
            "again" => [name, one, one],
            "negative" => [name, Chunk(chunk => chunk.Offset = long.MinValue)],
            "too much" => [name, Chunk(chunk => chunk.Data = ByteString.CopyFrom([.. whole.Data, 0]))],
            "too large" => [name, Chunk(chunk => chunk.Data = ByteString.CopyFrom(new byte[(4 << 20) + 1]))],
            "empty" => [name, Chunk(chunk => chunk.Data = ByteString.Empty)],
            "other bytes" => [name, Chunk(chunk => chunk.Data = ByteString.CopyFrom(new byte[whole.Data.Length]))],
            "ended early" => [name, one],
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static async Task SendAsync(TestServer server, IReadOnlyList<ImportModelRequest> messages)
    {
        using AsyncClientStreamingCall<ImportModelRequest, ImportModelResponse> call = server.Models.ImportModel(cancellationToken: Cancel);
        try
        {
            foreach (ImportModelRequest message in messages)
            {
                await call.RequestStream.WriteAsync(message, Cancel);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            // The server has answered already.
        }

        await call.ResponseAsync;
    }
}
