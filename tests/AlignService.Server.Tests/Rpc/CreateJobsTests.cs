using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Protobuf.Collections;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

public sealed class CreateJobsTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(Cancel);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Names_StandForTheJobsOfTheRequest_InWhateverOrder()
    {
        JobSpec last = Spec(), first = Spec(), between = Spec();
        last.Grpo.ReferenceModel = "jobs/first/checkpoints/best";
        last.Grpo.Algorithm.KlCoefficient = 0.1;
        last.After.Add("between");
        between.DisplayName = "in between";
        between.After.Add("jobs/first");
        RepeatedField<Job> jobs = (await _server.Jobs.CreateJobsAsync(Request(("last", last), ("first", first), ("between", between)), cancellationToken: Cancel)).Jobs;

        Assert.Equal(["last", "first", "in between"], jobs.Select(job => job.Spec.DisplayName));
        Assert.Equal($"{jobs[1].Name}/checkpoints/best", jobs[0].Spec.Grpo.ReferenceModel);
        Assert.Equal([jobs[2].Name, jobs[1].Name], jobs[0].Spec.After);
        Assert.Equal([jobs[1].Name], jobs[2].Spec.After);
        Assert.Equal(["AFTER", "WORKER", "AFTER"], jobs.Select(job => job.Waiting.Reason));
        Assert.Equal(jobs[1].Name, Assert.Single(await _server.Store.Leases.ListRunnableAsync(5, Cancel)).Id.ResourceName);
    }

    [Fact]
    public async Task RepeatedRequest_IsTheSameJobs_AndAnotherUnderItsIdIsRefused()
    {
        JobSpec second = Spec();
        second.After.Add("one");
        CreateJobsRequest request = Request(("one", Spec()), ("two", second));
        request.RequestId = "build-7";
        IEnumerable<string> names = (await _server.Jobs.CreateJobsAsync(request, cancellationToken: Cancel)).Jobs.Select(job => job.Name);
        Assert.Equal(names, (await _server.Jobs.CreateJobsAsync(request, cancellationToken: Cancel)).Jobs.Select(job => job.Name));
        Assert.Equal(2, await CountAsync());
        request.Jobs[1].Spec.Seed = 99;
        Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => _server.Jobs.CreateJobsAsync(request, cancellationToken: Cancel).ResponseAsync)).StatusCode);
        Assert.Equal(2, await CountAsync());
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "name", "jobs[0].name", "is not a name" },
        { "twice", "jobs[1].name", "is given twice" },
        { "none", "jobs", "there are 0" },
        { "cycle", "jobs[0].spec.after", "wait for each other" },
        { "setting", "jobs[1].spec.grpo.algorithm.group_size", "it must be at least 1" },
        { "unknown", "jobs[1].spec.grpo.model", "jobs/nobody-there does not exist" },
        { "kind", "jobs[1].spec", "" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_OfOne_IsNamedWithItsJob_AndNoneIsCreated(string fault, string field, string text)
    {
        JobSpec first = Spec(), second = Spec();
        CreateJobsRequest request = Request(("one", first), ("two", second));
        switch (fault)
        {
            case "name":
                request.Jobs[0].Name = "One!";
                break;
            case "twice":
                request.Jobs[1].Name = "one";
                break;
            case "none":
                request.Jobs.Clear();
                break;
            case "cycle":
                first.After.Add("two");
                second.After.Add("one");
                break;
            case "setting":
                second.Grpo.Algorithm.GroupSize = -1;
                break;
            case "unknown":
                second.Grpo.Model = "jobs/nobody-there/checkpoints/last";
                break;
            default:
                second.ClearKind();
                break;
        }

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => _server.Jobs.CreateJobsAsync(request, cancellationToken: Cancel).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        BadRequest.Types.FieldViolation violation = refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations[0];
        Assert.StartsWith(field, violation.Field, StringComparison.Ordinal);
        Assert.Contains(text, violation.Description, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Validation_ListsAllFaults_AndQueuesNothing()
    {
        JobSpec first = Spec(), second = Spec();
        first.Grpo.Algorithm.GroupSize = -1;
        second.Grpo.Model = "models/nowhere";
        CreateJobsRequest request = Request(("one", first), ("two", second));
        (request.ValidateOnly, request.ListViolations) = (true, true);
        CreateJobsResponse response = await _server.Jobs.CreateJobsAsync(request, cancellationToken: Cancel);
        Assert.Contains(response.Violations, violation => violation.Field == "jobs[0].spec.grpo.algorithm.group_size");
        Assert.Contains(response.Violations, violation => violation.Field == "jobs[1].spec.grpo.model");
        Assert.Empty(response.Jobs);

        first.Grpo.Algorithm.GroupSize = 4;
        second.Grpo.Model = "jobs/one/checkpoints/last";
        response = await _server.Jobs.CreateJobsAsync(request, cancellationToken: Cancel);
        Assert.Empty(response.Violations);
        Assert.Equal(["", ""], response.Jobs.Select(job => job.Name));
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Jobs_BeyondTheQueuesLimit_AreNotCreatedAtAll()
    {
        await using TestServer small = await TestServer.StartAsync(settings => settings with { MaxQueuedJobs = 2 }, Cancel);
        JobSpec spec = SampleSpecs.Valid(small.Folder);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => small.Jobs.CreateJobsAsync(Request(("one", spec), ("two", spec), ("three", spec)), cancellationToken: Cancel).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Empty((await small.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs);
        Assert.Equal(2, (await small.Jobs.CreateJobsAsync(Request(("one", spec), ("two", spec)), cancellationToken: Cancel)).Jobs.Count);
    }

    private JobSpec Spec()
    {
        JobSpec spec = SampleSpecs.Valid(_server.Folder);
        spec.DisplayName = "";
        return spec;
    }

    private async Task<int> CountAsync() => (await _server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs.Count;

    private static CreateJobsRequest Request(params (string Name, JobSpec Spec)[] jobs) => new() { Jobs = { jobs.Select(job => new NamedJob { Name = job.Name, Spec = job.Spec }) } };
}
