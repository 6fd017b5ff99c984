using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

public sealed class CreateJobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_created_job_is_queued_and_can_be_read_back()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        Job created = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder) }, cancellationToken: Cancel)).Job;
        Job read = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = created.Name }, cancellationToken: Cancel)).Job;

        Assert.Matches("^jobs/[a-z0-9]{10}$", created.Name);
        Assert.Equal(JobState.Queued, created.State);
        Assert.Equal(created, read);
        Assert.Equal("a test", read.Spec.DisplayName);
        Assert.Equal(7UL, read.Spec.Seed);
        Assert.Equal(10, read.Spec.Grpo.Algorithm.Steps);
        Assert.Equal((0, 2), (read.Spec.Grpo.Prompts.Inline.Count, read.Spec.Grpo.Prompts.InlineCount));
    }

    [Fact]
    public async Task A_job_without_a_worker_says_what_it_waits_for()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string first = await server.CreateAsync(Cancel);
        JobSpec then = SampleSpecs.Valid(server.Folder);
        then.After.Add(first);
        string second = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = then }, cancellationToken: Cancel)).Job.Name;

        Assert.Equal("WORKER", (await FindAsync(first)).Waiting.Reason);
        JobWaiting behind = (await FindAsync(second)).Waiting;
        Assert.Equal(("AFTER", $"waits for {first} to succeed, which is queued"), (behind.Reason, behind.Text));
        FakeWorker worker = await FakeWorker.ClaimAsync(server.Store, first);
        Assert.Null((await FindAsync(first)).Waiting);
        await worker.GoneAsync();
        Job left = await FindAsync(first);
        Assert.Equal(JobState.Queued, left.State);
        Assert.Contains("the last one has gone", left.Waiting.Text, StringComparison.Ordinal);
        Assert.Equal([second, first], (await server.Jobs.ListJobsAsync(new ListJobsRequest { States = { JobState.Queued } }, cancellationToken: Cancel)).Jobs.Select(job => job.Name));
        Assert.Null((await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = first }, cancellationToken: Cancel)).Job.Waiting);

        async Task<Job> FindAsync(string name) => (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job;
    }

    [Fact]
    public async Task Inline_data_comes_back_only_where_the_whole_is_asked_for()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Prompts.Inline.Add(Enumerable.Range(0, 60_000).Select(i => new Prompt { Text = $"{new string('漢', 50)} {i}", Answer = "4" }));
        Assert.InRange(spec.CalculateSize(), 9_000_000, 20_000_000);

        // With the limit that clients have by themselves, 4 MiB.
        Job created = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job;
        await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel);
        Job read = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = created.Name }, cancellationToken: Cancel)).Job;
        Assert.Equal((60_002, 64), (read.Spec.Grpo.Prompts.InlineCount, read.Spec.Grpo.Prompts.InlineSha256.Length));
        Assert.InRange(read.CalculateSize(), 1, 20_000);
        await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = created.Name }, cancellationToken: Cancel);

        using var patient = Grpc.Net.Client.GrpcChannel.ForAddress(server.Address, new Grpc.Net.Client.GrpcChannelOptions { MaxReceiveMessageSize = null });
        Job whole = (await new JobService.JobServiceClient(patient).GetJobAsync(new GetJobRequest { Name = created.Name, View = JobView.Full }, cancellationToken: Cancel)).Job;
        Assert.Equal(spec.Grpo.Prompts.Inline, whole.Spec.Grpo.Prompts.Inline);
        Assert.Equal(0, whole.Spec.Grpo.Prompts.InlineCount);
    }

    [Fact]
    public async Task Validate_only_fills_in_every_default_and_queues_nothing()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        CreateJobResponse response = await server.Jobs.CreateJobAsync(
            new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), ValidateOnly = true }, cancellationToken: Cancel);

        GrpoJob grpo = response.Job.Spec.Grpo;
        Assert.Equal("", response.Job.Name);
        Assert.Equal("grpo", grpo.Algorithm.Profile);
        Assert.Equal(8, grpo.Algorithm.GroupSize);
        Assert.Equal(0.04, grpo.Algorithm.KlCoefficient);
        Assert.Equal(KlEstimator.K3, grpo.Algorithm.KlEstimator);
        Assert.Equal(1e-6, grpo.Optimizer.LearningRate);
        Assert.Equal(50, grpo.Checkpoint.EverySteps);
        Assert.Equal("models/policy", grpo.Model);
        Assert.Empty((await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs);
    }

    [Fact]
    public async Task The_same_request_id_returns_the_first_job()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var request = new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), RequestId = "once" };

        Job first = (await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Job;
        Job[] again = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Job));

        Assert.All(again, job => Assert.Equal(first.Name, job.Name));
        Assert.Single((await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs);
    }

    [Fact]
    public async Task The_same_request_id_with_another_spec_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var request = new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), RequestId = "once" };
        await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel);
        request.Spec.Seed++;

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel));

        Assert.Equal(StatusCode.AlreadyExists, refused.StatusCode);
        Assert.Equal("REQUEST_ID_REUSED", refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal("request_id", Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_gets_its_job_although_its_model_has_gone_and_the_queue_is_full()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxQueuedJobs = 1 }, Cancel);
        var request = new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), RequestId = "once" };
        Job first = (await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Job;
        Directory.Delete(Path.Combine(server.Folder.Path, "models"), recursive: true);

        Assert.Equal(first.Name, (await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Job.Name);
    }

    [Fact]
    public async Task A_full_queue_is_a_quota_failure()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxQueuedJobs = 2 }, Cancel);
        var request = new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder) };
        await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel);
        await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Contains("2 jobs are already queued", Assert.Single(refused.GetRpcStatus()!.GetDetail<QuotaFailure>()!.Violations).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_has_its_own_violation()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Algorithm.GroupSize = 1;
        spec.Grpo.Algorithm.Profile = "gropo";
        spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = -1 };
        spec.Grpo.Model = "models/absent";
        spec.Limits = new JobLimits { Devices = 2 };
        spec.After.Add("jobs/none0");

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Dictionary<string, string> faults = refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.ToDictionary(fault => fault.Field, fault => fault.Description);
        Assert.Equal(
            ["spec.after[0]", "spec.grpo.algorithm.group_size", "spec.grpo.algorithm.profile", "spec.grpo.model", "spec.grpo.optimizer.learning_rate", "spec.limits.devices"],
            faults.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("Did you mean \"grpo\"?", faults["spec.grpo.algorithm.profile"], StringComparison.Ordinal);
        Assert.Contains("at least 2", faults["spec.grpo.algorithm.group_size"], StringComparison.Ordinal);
        Assert.Contains("exactly 1", faults["spec.limits.devices"], StringComparison.Ordinal);
    }
}
