using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

public sealed class ForkJobTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private CheckpointedJob _source = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(Cancel);
        _source = await CheckpointedJob.StartAsync(_server, _ => { }, Cancel);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Fork_WithState_HasTheSourcesSettingsAndState_WhateverBecomesOfTheSource()
    {
        await _source.CheckpointAsync(4, holdsState: true);
        var changes = new JobSpec { Labels = { ["try"] = "2" }, Grpo = new GrpoJob { Optimizer = new OptimizerSettings { LearningRate = 3e-7 } } };
        CreateJobRequest request = Request("last", changes);
        request.RequestId = "once";
        Job fork = (await _server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Job;

        Assert.Equal($"{_source.Name}/checkpoints/step-000004", fork.Fork.Checkpoint);
        Assert.Equal((ForkState.Kept, JobState.Queued, 4), (fork.Fork.State, fork.State, fork.Progress.CompletedSteps));
        Assert.Equal((3e-7, 10, "a test", "2"), (fork.Spec.Grpo.Optimizer.LearningRate, fork.Spec.Grpo.Algorithm.Steps, fork.Spec.DisplayName, fork.Spec.Labels["try"]));

        await _source.EndAsync(Jobs.JobState.Cancelled);
        await _server.Jobs.DeleteJobAsync(new DeleteJobRequest { Name = _source.Name }, cancellationToken: Cancel);
        Job whole = (await _server.Jobs.GetJobAsync(new GetJobRequest { Name = fork.Name, View = JobView.Full }, cancellationToken: Cancel)).Job;
        Assert.Equal(["2 + 2 =", "3 + 3 ="], whole.Spec.Grpo.Prompts.Inline.Select(prompt => prompt.Text));
        string directory = Assert.Single(whole.Checkpoints).Directory;
        Assert.Equal(CheckpointedJob.State, await File.ReadAllTextAsync(Path.Combine(directory, "trainer", "trainer_state.json"), Cancel));
        Assert.Equal(CheckpointedJob.LargeFileSize, new FileInfo(Path.Combine(directory, "trainer", "trainer_state.safetensors")).Length);

        // Asked for again, it is the same job, although what it was forked from has gone.
        Assert.Equal(fork.Name, (await _server.Jobs.CreateJobAsync(request, cancellationToken: Cancel)).Job.Name);
    }

    [Fact]
    public async Task Fork_Fresh_StartsANewRunFromTheWeights()
    {
        await _source.CheckpointAsync(4, holdsState: false);
        Job fork = (await _server.Jobs.CreateJobAsync(Request("step-000004", new JobSpec { Seed = 8 }, ForkState.Fresh), cancellationToken: Cancel)).Job;
        Assert.Equal((ForkState.Fresh, 0, 8UL), (fork.Fork.State, fork.Progress.CompletedSteps, fork.Spec.Seed));
        Assert.Equal($"{_source.Name}/checkpoints/step-000004", fork.Spec.Grpo.Model);
        Assert.Empty(fork.Checkpoints);
        await _source.EndAsync(Jobs.JobState.Cancelled);
        RpcException used = await Assert.ThrowsAsync<RpcException>(() => _server.Jobs.DeleteJobAsync(new DeleteJobRequest { Name = _source.Name }, cancellationToken: Cancel).ResponseAsync);
        Assert.Contains(fork.Name, used.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fork_OfDataByFile_LeavesTheInlineRowsBehind()
    {
        await _source.CheckpointAsync(4, holdsState: true);
        _server.Folder.Write("prompts.jsonl", "{\"question\": \"1 + 1 =\", \"answer\": \"2\"}\n");
        var changes = new JobSpec { Grpo = new GrpoJob { Prompts = new PromptSource { File = "prompts.jsonl", PromptField = "question", AnswerField = "answer" } } };
        Job fork = (await _server.Jobs.CreateJobAsync(Request("best", changes), cancellationToken: Cancel)).Job;
        Job whole = (await _server.Jobs.GetJobAsync(new GetJobRequest { Name = fork.Name, View = JobView.Full }, cancellationToken: Cancel)).Job;
        Assert.Empty(whole.Spec.Grpo.Prompts.Inline);
        Assert.EndsWith("/prompts.jsonl", whole.Spec.Grpo.Prompts.File, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "model", "spec.grpo.model: it differs from the forked job's" },
        { "adapter", "spec.grpo.adapter: it differs from the forked job's" },
        { "objective", "spec.grpo.algorithm.objective: it means another optimizer" },
        { "critic", "spec.grpo.critic: it means with or without a critic" },
        { "profile", "a profile would change its name only" },
        { "steps", "it is 4, but the checkpoint has 4 completed steps already" },
        { "kind", "the forked job is of the kind grpo, and a fork is of the same" },
        { "group_size", "group_size" },
        { "checkpoint", "has no checkpoint step-000009: it has best, last, step-000002, step-000004" },
        { "name", "is not a checkpoint name" },
        { "job", "jobs/zzzzzzzzzz does not exist" },
        { "dropped", "has no trainer's state in step-000002" },
        { "state", "99 is not known to this server" },
        { "fresh model", "starts from the checkpoint's weights; leave model out" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Fork_ThatMakesNoSense_IsRefusedByField(string change, string expected)
    {
        await _source.CheckpointAsync(2, holdsState: false);
        await _source.CheckpointAsync(4, holdsState: true);
        SampleSpecs.WriteModel(_server.Folder, "models/other", context: 512, architecture: "LlamaForCausalLM");
        JobSpec Grpo(GrpoJob changes) => new() { Grpo = changes };
        CreateJobRequest request = change switch
        {
            "model" => Request("last", Grpo(new GrpoJob { Model = "models/other" })),
            "adapter" => Request("last", Grpo(new GrpoJob { Adapter = new AdapterSettings { Rank = 4 } })),
            "objective" => Request("last", Grpo(new GrpoJob { Algorithm = new GrpoAlgorithm { Objective = Objective.NaturalGradient } })),
            "critic" => Request("last", Grpo(new GrpoJob { Critic = new CriticSettings() })),
            "profile" => Request("last", Grpo(new GrpoJob { Algorithm = new GrpoAlgorithm { Profile = "dapo" } })),
            "steps" => Request("last", Grpo(new GrpoJob { Algorithm = new GrpoAlgorithm { Steps = 4 } })),
            "kind" => Request("last", new JobSpec { Supervised = new SupervisedJob() }),
            "group_size" => Request("last", Grpo(new GrpoJob { Algorithm = new GrpoAlgorithm { GroupSize = -1 } })),
            "checkpoint" => Request("step-000009", new JobSpec()),
            "name" => new CreateJobRequest { Fork = new ForkSource { Checkpoint = _source.Name } },
            "job" => new CreateJobRequest { Fork = new ForkSource { Checkpoint = "jobs/zzzzzzzzzz/checkpoints/last" } },
            "dropped" => Request("step-000002", new JobSpec()),
            "state" => Request("last", new JobSpec(), (ForkState)99),
            _ => Request("last", Grpo(new GrpoJob { Model = "models/other" }), ForkState.Fresh),
        };
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => _server.Jobs.CreateJobAsync(request, cancellationToken: Cancel).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains(expected, refused.Status.Detail, StringComparison.Ordinal);
        Assert.Single((await _server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel)).Jobs);
        Assert.Single(Directory.GetDirectories(Path.Combine(_server.Folder.Path, "jobs")));
    }

    [Fact]
    public async Task Fork_WhenTheQueueIsFull_LeavesNoFolder()
    {
        await using TestServer full = await TestServer.StartAsync(settings => settings with { MaxQueuedJobs = 1 }, Cancel);
        CheckpointedJob source = await CheckpointedJob.StartAsync(full, _ => { }, Cancel);
        await source.CheckpointAsync(4, holdsState: true);
        await full.CreateAsync(Cancel);
        var request = new CreateJobRequest { Fork = new ForkSource { Checkpoint = $"{source.Name}/checkpoints/last" } };
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => full.Jobs.CreateJobAsync(request, cancellationToken: Cancel).ResponseAsync)).StatusCode);
        Assert.Equal([Path.Combine(full.Folder.Path, source.Name)], Directory.GetDirectories(Path.Combine(full.Folder.Path, "jobs")));
    }

    private CreateJobRequest Request(string checkpoint, JobSpec changes, ForkState state = ForkState.Kept) =>
        new() { Spec = changes, Fork = new ForkSource { Checkpoint = $"{_source.Name}/checkpoints/{checkpoint}", State = state } };
}
