using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

public sealed class ListFilterTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(Cancel);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Conditions_AreMetByEveryJobOfTheList()
    {
        JobSpec spec = SampleSpecs.Valid(_server.Folder);
        spec.DisplayName = "Rates";
        spec.Labels.Add("sweep", "one");
        string labelled = (await _server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job.Name, plain = await _server.CreateAsync(Cancel);
        Assert.Equal([labelled], await NamesAsync(new ListJobsRequest { Labels = { ["sweep"] = "one" } }));
        Assert.Equal([labelled], await NamesAsync(new ListJobsRequest { DisplayName = "rate" }));
        Assert.Equal([plain, labelled], await NamesAsync(new ListJobsRequest { Kinds = { "grpo" } }));
        Assert.Empty(await NamesAsync(new ListJobsRequest { Kinds = { "supervised" } }));
        Assert.Equal([plain, labelled], await NamesAsync(new ListJobsRequest { Order = JobOrder.Score }));
    }

    [Theory]
    [InlineData("kinds[0]")]
    [InlineData("order")]
    [InlineData("display_name")]
    [InlineData("labels")]
    public async Task Condition_ThatMakesNoSense_IsNamed(string field)
    {
        ListJobsRequest request = field switch
        {
            "order" => new() { Order = (JobOrder)99 },
            "display_name" => new() { DisplayName = new string('x', 300) },
            "labels" => new() { Labels = { ["k"] = new string('x', 300) } },
            _ => new() { Kinds = { "grop" } },
        };
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => _server.Jobs.ListJobsAsync(request, cancellationToken: Cancel).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal(field, refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations[0].Field);
    }

    [Fact]
    public async Task List_SaysWhatJobsWaitFor_AndWhenTheyWillBeDone()
    {
        string first = await _server.CreateAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(_server.Folder);
        spec.After.Add(first);
        string second = (await _server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job.Name;
        Assert.Equal(["AFTER", "WORKER"], (await ListAsync()).Select(job => job.Waiting.Reason));
        Assert.Contains(first, (await ListAsync())[0].Waiting.Text, StringComparison.Ordinal);

        FakeWorker worker = await FakeWorker.ClaimAsync(_server.Store, first);
        await worker.ReportAsync(0);
        await worker.ReportAsync(5);
        Job running = (await ListAsync()).Single(job => job.Name == first);
        Assert.Null(running.Waiting);
        Assert.NotNull(running.EstimatedEndTime);
        Assert.Equal(running.EstimatedEndTime, (await _server.Jobs.GetJobAsync(new GetJobRequest { Name = first }, cancellationToken: Cancel)).Job.EstimatedEndTime);
        Assert.Null((await ListAsync()).Single(job => job.Name == second).EstimatedEndTime);

        async Task<IReadOnlyList<Job>> ListAsync() => (await _server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs;
    }

    /// <summary>Which of two jobs a worker takes first.</summary>
    [Fact]
    public async Task Priority_DecidesWhoIsStartedFirst_AndIsBounded()
    {
        await _server.CreateAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(_server.Folder);
        spec.Priority = 5;
        spec.Limits = new JobLimits { MaxAttempts = 3 };
        Job urgent = (await _server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job;
        Assert.Equal((5, 3, 30), (urgent.Spec.Priority, urgent.Spec.Limits.MaxAttempts, urgent.Spec.Limits.RetryDelay.Seconds));
        Assert.Equal(urgent.Name, (await _server.Store.Leases.ListRunnableAsync(1, Cancel)).Single().Id.ResourceName);
        spec.Priority = 1001;
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => _server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel).ResponseAsync);
        Assert.Contains("spec.priority", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<IEnumerable<string>> NamesAsync(ListJobsRequest request) => (await _server.Jobs.ListJobsAsync(request, cancellationToken: Cancel)).Jobs.Select(job => job.Name);
}
