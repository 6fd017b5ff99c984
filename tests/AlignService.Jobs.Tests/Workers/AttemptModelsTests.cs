using AlignService.Jobs.Events;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs;
using AlignService.Specs.Guardian;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>A job that starts from another's best or last checkpoint has the same models in every attempt, whatever becomes of the other.</summary>
public sealed class AttemptModelsTests : EngineTest
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Resume_AfterTheOtherJobWentOn_HasTheModelsThatItBeganWith()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId source = await SourceAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        JobId id = await FollowUpAsync(source);
        List<string[]> models = [];
        var runs = new FakeTrainingRunFactory { OnCreate = job => models.Add(ModelsOf(job)), OnStep = (step, _) => (step == 4 ? stop : null)?.Cancel() };
        Assert.Equal(WorkerOutcome.Stopped, await Worker(runs).RunAsync(id, "w1", stop.Token));

        // Its best is another one now, and it would have removed the first: it keeps one besides the best.
        await Store.Catalog.ResumeAsync(source, token);
        await Worker(new FakeTrainingRunFactory { StepCount = 9, Score = step => step }).RunAsync(source, "w2", token);
        Assert.Equal([3, 6, 9], (await Store.Journal.ListCheckpointsAsync(source, token)).Select(checkpoint => checkpoint.Step));

        runs.OnStep = null;
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w3", token));
        string[] expected = [Path.Combine(Folder, "jobs", source.Value, "checkpoints", "step-000003"), "/models/reference", Path.Combine(Folder, "jobs", source.Value, "checkpoints", "step-000003")];
        Assert.Equal([expected, expected], models);
        Assert.Contains($"{source.ResourceName}/checkpoints/best is {source.ResourceName}/checkpoints/step-000003", string.Concat((await EventsAsync(id)).Select(item => (item.Body as LogMessage)?.Text)), StringComparison.Ordinal);
    }

    /// <summary>The same worker begins again, and asks again.</summary>
    [Fact(Timeout = Limit)]
    public async Task RollBack_AfterTheOtherJobWentOn_HasTheModelsThatItBeganWith()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId source = await SourceAsync();
        JobId id = await FollowUpAsync(source);
        List<string[]> models = [];
        var runs = new FakeTrainingRunFactory { OnCreate = job => models.Add(ModelsOf(job)) };
        runs.Findings = (step, rollbacks) =>
        {
            if (step != 5 || rollbacks > 0)
            {
                return [];
            }

            Directory.CreateDirectory(Path.Combine(Folder, "jobs", source.Value, "checkpoints", "step-000008")); // better, and there
            return [new GuardianFinding { Rule = "kl_blow_up", Value = 2, Bound = 1, Action = GuardianAction.RollBack, Seen = "", Meaning = "", Remedy = "" }];
        };

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w1", token));

        Assert.Equal(2, models.Count);
        Assert.Equal(models[0], models[1]);
        Assert.EndsWith("step-000003", models[0][0], StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Resume_TheCheckpointIsDamagedMeanwhile_FailsAndTakesNoOther()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId source = await SourceAsync();
        JobId id = await FollowUpAsync(source);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Assert.Equal(WorkerOutcome.Stopped, await Worker(new FakeTrainingRunFactory { OnStep = (step, _) => (step == 4 ? stop : null)?.Cancel() }).RunAsync(id, "w1", stop.Token));
        await File.AppendAllTextAsync(Path.Combine(Folder, "jobs", source.Value, "checkpoints", "step-000003", "state.txt"), "more", token);

        Assert.Equal(WorkerOutcome.Failed, await Worker(new FakeTrainingRunFactory()).RunAsync(id, "w2", token));

        JobFailure failure = (await FindAsync(id)).Failure!;
        Assert.Equal("model_invalid", failure.Reason);
        Assert.Contains($"the job began with the checkpoint {source.ResourceName}/checkpoints/step-000003, which is damaged: state.txt has", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Start_TheBestIsDamaged_WarnsAndBeginsWithTheNext()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId source = await SourceAsync(stepCount: 6, score: step => step);
        await File.AppendAllTextAsync(Path.Combine(Folder, "jobs", source.Value, "checkpoints", "step-000006", "state.txt"), "more", token);
        JobId id = await FollowUpAsync(source);
        List<string[]> models = [];

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new FakeTrainingRunFactory { OnCreate = job => models.Add(ModelsOf(job)) }).RunAsync(id, "w1", token));

        Assert.EndsWith("step-000003", Assert.Single(models)[0], StringComparison.Ordinal);
        Assert.Contains((await EventsAsync(id)).Select(item => item.Body), body => body is LogMessage { Severity: LogSeverity.Warning } message && message.Text.Contains("step-000006 is damaged and not used: state.txt has", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Start_ThereIsNoSuchCheckpoint_FailsAndNamesThoseThatThereAre()
    {
        JobId source = await SourceAsync();
        JobId id = await FollowUpAsync(source, "step-000099");
        Assert.Equal(WorkerOutcome.Failed, await Worker(new FakeTrainingRunFactory()).RunAsync(id, "w1", TestContext.Current.CancellationToken));
        Assert.Contains("has no checkpoint step-000099 that can be used: it has step-000003, last and best", (await FindAsync(id)).Failure!.Message, StringComparison.Ordinal);
    }

    private static string[] ModelsOf(Job job)
    {
        List<string> names = [];
        job.Spec.Kind.WithModels(name =>
        {
            names.Add(name);
            return name;
        });
        return [.. names];
    }

    /// <summary>A job that rests after some steps, with a checkpoint of each third; it keeps best and last only.</summary>
    private async Task<JobId> SourceAsync(int stepCount = 3, Func<int, double>? score = null)
    {
        JobId id = await QueueAsync(checkpointEvery: 3, keep: 1, evaluateEvery: 3);
        var runs = new FakeTrainingRunFactory { StepCount = 9, Score = score ?? (step => step) };
        runs.OnStep = (step, _) =>
        {
            if (step == stepCount)
            {
                Store.Catalog.RequestPauseAsync(id, Token).GetAwaiter().GetResult(); // a step is not asynchronous
            }
        };
        Assert.Equal(WorkerOutcome.Paused, await Worker(runs).RunAsync(id, "w0", Token));
        Assert.Equal(stepCount, (await FindAsync(id)).CompletedSteps);
        return id;
    }

    private async Task<JobId> FollowUpAsync(JobId source, string alias = "best")
    {
        var id = new JobId($"job-{Guid.NewGuid():N}");
        string name = $"{source.ResourceName}/checkpoints/{alias}";
        var spec = new JobSpec
        {
            Kind = new GrpoJob
            {
                Model = name,
                ReferenceModel = "/models/reference",
                Prompts = new PromptSourceConfig(),
                Rewards = [new RewardModelConfig { Name = "judge", Model = name }],
                Config = new GrpoConfig(),
                Evaluation = new EvaluationConfig { EverySteps = 100 },
                Checkpoint = new CheckpointPolicy { EverySteps = 2 },
            },
        };
        await Store.Catalog.CreateAsync(id, spec, null, Token);
        return id;
    }
}
