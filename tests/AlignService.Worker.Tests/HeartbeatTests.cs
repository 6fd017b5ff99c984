using AlignService.Contracts.Reward.V1;
using AlignService.Scorers;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>A worker without a heartbeat is killed after minutes, so everything that takes long must beat. Alone, because the count is the whole process's.</summary>
[TestClass(DisableParallelization = true)]
public sealed class HeartbeatTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Loading_stepping_evaluating_and_saving_beat()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using PolicyOptimizationRun run = LeakTests.Policy(_folder, new TinyRun());
        Beats(() => run.Prepare(null, token));
        Beats(() => run.RunStep(token));
        Beats(() => run.Evaluate(token));
        Beats(() => run.SaveCheckpoint(checkpoint));
    }

    /// <summary>A worker that waits for a scorer for long is not one that hangs.</summary>
    [Fact]
    public async Task RunStep_AScorerThatTakesLong_Beats()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Answer = AnswerWhenBeatenAsync }, token);
        using PolicyOptimizationRun run = Runs.Load(new GrpoJob
        {
            Model = _folder.TinyModel("scored"),
            Prompts = new() { Inline = [new Prompt(0, "abc", null, null)] },
            Rewards = [new GrpcRewardConfig { Name = "outside", Address = server.GrpcAddress }],
            Config = new TinyRun().Config,
        });

        await Task.Factory.StartNew(() => run.RunStep(token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        async Task<ScoreResponse> AnswerWhenBeatenAsync(ScoreRequest request, ScorerCall call)
        {
            // Sampling is over, and nothing else of this job beats now.
            long before = Heartbeat.Count;
            using PeriodicTimer look = new(TimeSpan.FromMilliseconds(50));
            while (Heartbeat.Count == before)
            {
                await look.WaitForNextTickAsync(call.Context.RequestAborted);
            }

            return await new ScorerBehavior().ScoreAsync(request, call);
        }
    }

    private static void Beats(Action work)
    {
        long before = Heartbeat.Count;
        work();
        Assert.True(Heartbeat.Count > before);
    }
}
