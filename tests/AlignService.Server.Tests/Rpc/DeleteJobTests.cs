using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

public sealed class DeleteJobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EndedJob_GoesWithItsFolder_AndOneThatRunsDoesNot()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string name = await server.CreateAsync(Cancel), folder = Path.Combine(server.Folder.Path, name, "checkpoints", "step-000001");
        Directory.CreateDirectory(folder);
        RpcException early = await Assert.ThrowsAsync<RpcException>(() => DeleteAsync(name));
        Assert.Equal(StatusCode.FailedPrecondition, early.StatusCode);
        Assert.True(Directory.Exists(folder));

        await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel);
        await DeleteAsync(name);
        Assert.False(Directory.Exists(Path.Combine(server.Folder.Path, name)));
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => DeleteAsync(name))).StatusCode);
        Assert.Empty(await server.Store.Catalog.ListDeletedAsync(Cancel));

        async Task DeleteAsync(string job) => await server.Jobs.DeleteJobAsync(new DeleteJobRequest { Name = job }, cancellationToken: Cancel);
    }

    /// <summary>A process that dies between the records and the folder leaves the folder to the next server.</summary>
    [Fact]
    public async Task FolderThatWasLeft_GoesWhenAServerStarts()
    {
        await using TestServer first = await TestServer.StartAsync(Cancel);
        string name = await first.CreateAsync(Cancel), folder = Path.Combine(first.Folder.Path, name);
        Directory.CreateDirectory(folder);
        await first.Jobs.CancelJobAsync(new CancelJobRequest { Name = name }, cancellationToken: Cancel);
        await first.Store.Catalog.DeleteAsync(new Specs.Resources.JobId(name["jobs/".Length..]), Cancel);
        Assert.True(Directory.Exists(folder));

        await using TestServer second = await TestServer.StartAsync(settings => settings with { Data = first.Folder.Path }, Cancel);
        using var gone = new FileSystemWatcher(first.Folder.Path, "*") { IncludeSubdirectories = true, EnableRaisingEvents = true };
        while (Directory.Exists(folder))
        {
            gone.WaitForChanged(WatcherChangeTypes.Deleted, TimeSpan.FromMilliseconds(200)); // returns early when it goes
        }

        Assert.False(Directory.Exists(folder));
    }
}
