using AlignService.Contracts.V1;
using AlignService.Server.Hosting;
using AlignService.Server.Tests.Fixtures;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using StoredRole = AlignService.Store.Access.Role;

namespace AlignService.Server.Tests.Access;

public sealed class ApiKeyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Key_IsShownOnce_UsedListedAndRevoked()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel, configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        Metadata admin = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Admin, Cancel);
        CreateApiKeyResponse made = await guarded.Access.CreateApiKeyAsync(
            new CreateApiKeyRequest { DisplayName = "pipeline", Role = Role.Submit, Lifetime = Duration.FromTimeSpan(TimeSpan.FromDays(1)) }, admin, cancellationToken: Cancel);
        Assert.StartsWith("projects/red/keys/", made.ApiKey.Name, StringComparison.Ordinal);
        Metadata pipeline = GuardedServer.WithKey(made.Secret);
        await guarded.CreateAsync(pipeline, Cancel);

        ApiKey listed = (await guarded.Access.ListApiKeysAsync(new ListApiKeysRequest(), admin, cancellationToken: Cancel)).ApiKeys.Single(key => key.Name == made.ApiKey.Name);
        Assert.NotNull(listed.LastUseTime);
        foreach (string file in Directory.EnumerateFiles(guarded.Server.Folder.Path, "align.db*"))
        {
            using FileStream read = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using StreamReader text = new(read, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(made.Secret.Split('_')[2], await text.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        }

        await guarded.Access.RevokeApiKeyAsync(new RevokeApiKeyRequest { Name = made.ApiKey.Name }, admin, cancellationToken: Cancel);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => guarded.CreateAsync(pipeline, Cancel))).StatusCode);
    }

    [Fact]
    public async Task Key_Expires()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel, configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        Metadata brief = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Read, Cancel, TimeSpan.FromMinutes(1));
        await guarded.Access.GetCallerAsync(new GetCallerRequest(), brief, cancellationToken: Cancel);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => guarded.Access.GetCallerAsync(new GetCallerRequest(), brief, cancellationToken: Cancel).ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task Key_BeyondTheCallersRole_IsRefused()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata admin = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Admin, Cancel);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => guarded.Access.CreateApiKeyAsync(new CreateApiKeyRequest { Role = Role.Operator }, admin, cancellationToken: Cancel).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Theory]
    [InlineData("role", Role.Unspecified, 60, 0, "x")]
    [InlineData("role", (Role)9, 60, 0, "x")]
    [InlineData("lifetime", Role.Read, -5, 0, "x")]
    [InlineData("lifetime", Role.Read, 400_000_000, 0, "x")]
    [InlineData("requests_per_minute", Role.Read, 60, -1, "x")]
    [InlineData("display_name", Role.Read, 60, 0, "a\nb")]
    public async Task Key_WithAViolation_IsRefusedByItsField(string field, Role role, long seconds, int rate, string name)
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata admin = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Admin, Cancel);
        var request = new CreateApiKeyRequest { DisplayName = name, Role = role, Lifetime = new Duration { Seconds = seconds }, RequestsPerMinute = rate };
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => guarded.Access.CreateApiKeyAsync(request, admin, cancellationToken: Cancel).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith(field, refused.Status.Detail.Split('\n')[^1].TrimStart('-', ' '), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_BeyondItsRate_IsToldWhenToTryAgain()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel, configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        Metadata slow = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Read, Cancel, requestsPerMinute: 3), other = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Read, Cancel);
        for (int call = 0; call < 3; call++)
        {
            await AskAsync(slow);
        }

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => AskAsync(slow));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(20, refused.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>()!.RetryDelay.Seconds);
        await AskAsync(other);
        time.Advance(TimeSpan.FromSeconds(20));
        await AskAsync(slow);

        async Task AskAsync(Metadata credentials) => await guarded.Access.GetCallerAsync(new GetCallerRequest(), credentials, cancellationToken: Cancel);
    }

    [Fact]
    public async Task Audit_HasWhatChangedAndWhatWasRefused()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        Metadata admin = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Admin, Cancel), reader = await guarded.KeyAsync(GuardedServer.Red, StoredRole.Read, Cancel);
        string job = await guarded.CreateAsync(admin, Cancel);
        await guarded.Server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job }, admin, cancellationToken: Cancel);
        await guarded.Server.Jobs.GetJobAsync(new GetJobRequest { Name = job }, admin, cancellationToken: Cancel);
        await Assert.ThrowsAsync<RpcException>(() => guarded.CreateAsync(reader, Cancel));
        await Assert.ThrowsAsync<RpcException>(() => guarded.CreateAsync([], Cancel)); // not kept: anybody could fill the disk
        await Assert.ThrowsAsync<RpcException>(() => guarded.CreateAsync(GuardedServer.WithKey("align_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), Cancel));
        await Assert.ThrowsAsync<RpcException>(() => guarded.Server.Jobs.CancelJobAsync(new CancelJobRequest { Name = "jobs/zzzz" }, admin, cancellationToken: Cancel).ResponseAsync);

        List<AuditEntry> entries = [];
        var request = new ListAuditEntriesRequest { PageSize = 1 };
        do
        {
            ListAuditEntriesResponse page = await guarded.Access.ListAuditEntriesAsync(request, admin, cancellationToken: Cancel);
            entries.AddRange(page.Entries);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(
            [("CancelJob", "jobs/zzzz", "NotFound"), ("CreateJob", "", "PermissionDenied"), ("CancelJob", job, "OK"), ("CreateJob", job, "OK")],
            entries.Select(entry => (entry.Method.Split('/')[^1], entry.Resource, entry.Status)));
        Assert.All(entries, entry => Assert.Equal("projects/red", entry.Project));
        Assert.Equal(entries.Count, (await guarded.Server.Store.Audit.ListAsync(new AlignService.Store.Access.AuditQuery(100), Cancel)).Count);
        Assert.Equal(2, (await guarded.Access.ListAuditEntriesAsync(new ListAuditEntriesRequest { Resource = job }, admin, cancellationToken: Cancel)).Entries.Count);
    }

    [Theory]
    [InlineData("http://*:0", null, false, false)]
    [InlineData("http://*:0", AccessMode.Open, false, false)]
    [InlineData("http://*:0", AccessMode.Open, true, true)]
    [InlineData("http://*:0", null, true, true)]
    [InlineData("http://127.0.0.1:0", AccessMode.Required, false, false)]
    [InlineData("http://127.0.0.1:0", null, false, true)]
    public async Task Server_StartsOnlyWhereSomebodyButNotEverybodyIsLetIn(string address, AccessMode? mode, bool insecure, bool starts)
    {
        HostSettings Change(HostSettings settings) => settings with { Listen = [address], Access = mode, Insecure = insecure };
        if (starts)
        {
            await using TestServer server = await TestServer.StartAsync(Change, Cancel);
        }
        else
        {
            ServerStartException refused = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(Change, Cancel));
            Assert.Contains("--", refused.Message, StringComparison.Ordinal);
        }
    }
}
