using System.Diagnostics;
using System.Globalization;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Sampling;

/// <summary>The life of the processes that hold models: started, shared, bounded, cancelled, killed, idle and stopped. It runs alone: processes that sample wait for all cores.</summary>
[TestClass(DisableParallelization = true)]
public sealed class ModelProcessTests
{
    /// <summary>Takes minutes to sample to its end.</summary>
    private const int Long = 1900;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancelled_call_stops_sampling()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        using (AsyncServerStreamingCall<SampleResponse> call = await BeginLongAsync(server))
        {
            // Disposing cancels.
        }

        string cancelled = await server.Events.FirstAsync("sampling_cancelled", Cancel);

        int tokens = int.Parse(cancelled.Split(' ')[^2], CultureInfo.InvariantCulture);
        Assert.InRange(tokens, 1, Long / 10);
    }

    [Fact]
    public async Task Idle_model_is_unloaded_and_loaded_again()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel, settings => settings with { ModelIdleSeconds = 60 });
        SampleRequest request = SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:");
        string text = (await server.SampleAsync(request, Cancel)).Text;
        int first = await IdAsync(server);
        server.Time.Advance(TimeSpan.FromSeconds(59));
        await server.SampleAsync(request, Cancel);
        server.Time.Advance(TimeSpan.FromSeconds(59));
        await server.SampleAsync(request, Cancel);
        Assert.Equal(first, await IdAsync(server));
        Task gone = Assert.Single(server.Processes.Running).Gone;

        server.Time.Advance(TimeSpan.FromSeconds(61));
        await gone.WaitAsync(Cancel);

        Assert.Empty(server.Processes.Running);
        Assert.Equal(text, (await server.SampleAsync(request, Cancel)).Text);
        Assert.NotEqual(first, await IdAsync(server));
    }

    [Fact]
    public async Task Killed_process_is_said_and_replaced()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        using AsyncServerStreamingCall<SampleResponse> call = await BeginLongAsync(server);
        int first = await IdAsync(server);
        using (Process process = Process.GetProcessById(first))
        {
            process.Kill();
        }

        RpcException lost = await Assert.ThrowsAsync<RpcException>(() => SampledText.ReadAsync(call, Cancel));

        Assert.Equal(StatusCode.Unavailable, lost.StatusCode);
        Assert.Contains("was killed (signal 9", lost.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("MODEL_PROCESS_LOST", lost.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.NotEmpty((await server.SampleAsync(SamplingServer.Raw(SharedModels.SmolLm2(), "Once", 0, 3), Cancel)).Text);
        Assert.NotEqual(first, await IdAsync(server));
    }

    [Fact]
    public async Task Model_beyond_the_bound_waits_for_nobody_and_takes_an_idle_ones_place()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel, settings => settings with { MaxLoadedModels = 1 });
        SampleRequest other = SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:");
        Task gone;
        using (AsyncServerStreamingCall<SampleResponse> call = await BeginLongAsync(server))
        {
            RpcException busy = await Assert.ThrowsAsync<RpcException>(() => server.SampleAsync(other, Cancel));
            Assert.Equal((StatusCode.ResourceExhausted, "MODELS_BUSY"), (busy.StatusCode, busy.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
            gone = Assert.Single(server.Processes.Running).Gone;
        }

        await server.Events.FirstAsync("sampling_cancelled", Cancel);
        await server.SampleAsync(other, Cancel);

        Assert.True(gone.IsCompleted);
        Assert.Equal(SamplingServer.Policy, Assert.Single(server.Processes.Running).Model);
    }

    [Fact]
    public async Task Call_beyond_the_bound_is_refused()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel, settings => settings with { MaxModelCalls = 1 });
        using AsyncServerStreamingCall<SampleResponse> call = await BeginLongAsync(server);

        RpcException busy = await Assert.ThrowsAsync<RpcException>(() => server.SampleAsync(SamplingServer.Raw(SharedModels.SmolLm2(), "Once", 0, 3), Cancel));

        Assert.Equal(StatusCode.ResourceExhausted, busy.StatusCode);
        Assert.Contains("has 1 calls already", busy.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_does_not_fit_the_memory_is_not_loaded()
    {
        await using TestServer server = await TestServer.StartAsync(
            settings => settings with { Roots = ["/"] },
            builder => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(builder.Services, new AlignService.Specs.Sizing.MachineMemory(1 << 20)),
            Cancel);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => SampledText.ReadAsync(
            new SamplingService.SamplingServiceClient(server.Channel).Sample(SamplingServer.Raw(SamplingServer.Policy, "a"), cancellationToken: Cancel), Cancel));

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Equal("OUT_OF_MEMORY", refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task Damaged_weights_are_named_and_mended_ones_are_loaded()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        string model = server.Server.Folder.Path + "/changed";
        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(SamplingServer.Policy))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        SampleRequest request = SamplingServer.Raw(model, "sort ejcmd:");
        string text = (await server.SampleAsync(request, Cancel)).Text;
        byte[] weights = await File.ReadAllBytesAsync(Path.Combine(model, "model.safetensors"), Cancel);
        await File.WriteAllBytesAsync(Path.Combine(model, "model.safetensors"), weights.AsMemory(0, weights.Length / 2), Cancel);
        RpcException damaged = await Assert.ThrowsAsync<RpcException>(() => server.SampleAsync(request, Cancel));
        await File.WriteAllBytesAsync(Path.Combine(model, "model.safetensors"), weights, Cancel);

        Assert.Contains("model.safetensors", damaged.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(text, (await server.SampleAsync(request, Cancel)).Text);
    }

    [Fact]
    public async Task Stopped_server_leaves_no_process()
    {
        int id;
        await using (SamplingServer server = await SamplingServer.StartAsync(Cancel))
        {
            using AsyncServerStreamingCall<SampleResponse> call = await BeginLongAsync(server);
            id = await IdAsync(server);
            await server.Server.StopAsync();
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => SampledText.ReadAsync(call, Cancel))).StatusCode);
        }

        Assert.False(Directory.Exists($"/proc/{id}"));
    }

    private static async Task<int> IdAsync(SamplingServer server) => await Assert.Single(server.Processes.Running).ProcessId;

    /// <summary>A call that has its first text.</summary>
    private static async Task<AsyncServerStreamingCall<SampleResponse>> BeginLongAsync(SamplingServer server)
    {
        AsyncServerStreamingCall<SampleResponse> call = server.Client.Sample(SamplingServer.Raw(SharedModels.SmolLm2(), "Once upon a time", 1, Long), cancellationToken: Cancel);
        do
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
        }
        while (call.ResponseStream.Current.Piece is null);

        return call;
    }
}
