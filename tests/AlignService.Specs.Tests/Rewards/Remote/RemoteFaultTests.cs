using AlignService.Contracts.Reward.V1;
using AlignService.Scorers;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Specs.Tests.Rewards.Remote;

/// <summary>Scorers that hang, lie, are slow or die: a completion has its right score or none, never 0, and nothing waits longer than it may.</summary>
public sealed class RemoteFaultTests
{
    private const int SuiteCalls = 100;

    public static TheoryData<string, ScorerFault> Lasting =>
        new([.. new[] { "remote", "http" }.SelectMany(_ => FaultyBehavior.All.Except(FaultyBehavior.Passing), (kind, fault) => (kind, fault))]);

    public static TheoryData<string, ScorerFault> Passing => new([.. new[] { "remote", "http" }.SelectMany(_ => FaultyBehavior.Passing, (kind, fault) => (kind, fault))]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task Score_AFaultThatDoesNotPass_IsNoScoreAndNotTriedAgain(string kind, ScorerFault fault)
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new FaultyBehavior(seed: 1, share: 1, [fault]), Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server));
        ScoringRequest[] requests = RemoteSources.Requests(4);

        ScoreTable table = await set.ScoredAsync(requests, Cancel);

        AssertRightOrNone(requests, table);
        Assert.Contains(table.Scores, row => double.IsNaN(row[0]));
        Assert.True(server.Calls.Count == 1, $"{server.Calls.Count} calls: {string.Join(", ", table.Messages)}");
        Assert.NotEmpty(table.Messages);
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task Score_AFaultThatPasses_IsTriedAgain(string kind, ScorerFault fault)
    {
        FaultyBehavior faulty = new(seed: 1, share: 1, [fault]);
        await using ScorerServer server = await ScorerServer.StartAsync(
            new ScorerScript { Intercept = (context, number) => number <= 2 ? faulty.InterceptAsync(context, number) : Task.FromResult(false) }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server, RemoteSources.Calls with { Timeout = TimeSpan.FromSeconds(fault == ScorerFault.Hangs ? 0.5 : 20) }));
        ScoringRequest[] requests = RemoteSources.Requests(4);

        ScoreTable table = await set.ScoredAsync(requests, Cancel);

        Assert.Equal(requests.Select(request => ScorerBehavior.ScoreOf(request.Completion)), table.Scores.Select(row => row[0]));
        int attempts = fault == ScorerFault.Slow ? 1 : 3;
        Assert.Equal((attempts, attempts - 1, attempts - 1), (server.Calls.Count, table.Calls["outside"].Retries, table.Calls["outside"].Faults));
    }

    [Theory]
    [InlineData("remote", 11)]
    [InlineData("http", 12)]
    [InlineData("llm_judge", 13)]
    public async Task Score_FaultsOfEveryKind_NeverBecomeZero(string kind, int seed)
    {
        FaultyBehavior faulty = new(seed, share: 0.4, FaultyBehavior.All);
        await using ScorerServer server = await ScorerServer.StartAsync(faulty, Cancel);
        CallConfig calls = RemoteSources.Calls with { Concurrency = 16, Attempts = 3, Timeout = TimeSpan.FromSeconds(2), Deadline = TimeSpan.FromSeconds(90) };
        RewardConfig config = kind == "llm_judge" ? RemoteSources.Judge(server, calls) : RemoteSources.Scorer(kind, server, calls) with { BatchSize = 4 };
        using RewardSet set = RemoteSources.Set(config);
        int scored = 0, unscored = 0;
        for (int step = 1; server.Calls.Count < SuiteCalls; step++)
        {
            ScoringRequest[] requests = [.. Enumerable.Range(0, 64).Select(i => RemoteSources.Request($"step {step}, completion {i}", i / 4, step))];

            ScoreTable table = await set.ScoredAsync(requests, Cancel);

            if (kind == "llm_judge")
            {
                // The right score is that of the whole prompt, which the judge alone sees: it is from 1 to 2.
                Assert.All(table.Scores, row => Assert.True(double.IsNaN(row[0]) || row[0] is >= 1 and < 2, $"{row[0]}"));
            }
            else
            {
                AssertRightOrNone(requests, table);
            }

            scored += table.Scores.Count(row => !double.IsNaN(row[0]));
            unscored += table.Scores.Count(row => double.IsNaN(row[0]));
        }

        Assert.True(scored > unscored && unscored > 0, $"{scored} scored, {unscored} not, {server.Calls.Count} calls");
        Assert.True(faulty.Injected.Keys.Count > 10, string.Join(", ", faulty.Injected.Keys));
    }

    [Fact]
    public async Task Score_ANumberTooManyBytes_IsNotReadToItsEnd()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new FaultyBehavior(seed: 1, share: 1, [ScorerFault.EndlessAnswer]), Cancel);
        long before = GC.GetTotalAllocatedBytes();
        foreach (RewardConfig config in (RewardConfig[])[RemoteSources.Scorer("remote", server), RemoteSources.Scorer("http", server), RemoteSources.Judge(server)])
        {
            using RewardSet set = RemoteSources.Set(config);
            ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(1), Cancel);
            Assert.True(double.IsNaN(table.Scores[0][0]));
        }

        // Client and server are one process here; a gigabyte each would be three.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 500 << 20);
    }

    [Theory]
    [InlineData(UnscoredPolicy.LeaveOut)]
    [InlineData(UnscoredPolicy.FailJob)]
    [InlineData(UnscoredPolicy.PauseJob)]
    public async Task Score_AScorerThatHangs_EndsAtTheDeadlineAsItsPolicySays(UnscoredPolicy policy)
    {
        ScorerScript script = new() { Answer = HangsForSomeAsync };
        await using ScorerServer server = await ScorerServer.StartAsync(script, Cancel);
        using (RewardSet warm = RemoteSources.Set(RemoteSources.Scorer("remote", server)))
        {
            await warm.ScoredAsync([RemoteSources.Request("the first call of a process takes longer")], Cancel);
        }

        CallConfig calls = RemoteSources.Calls with { Deadline = TimeSpan.FromSeconds(3), Timeout = TimeSpan.FromSeconds(3), WhenUnscored = policy };
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("remote", server, calls) with { BatchSize = 1 });
        ScoringRequest[] requests = RemoteSources.Requests(4);

        Task<ScoreTable> scoring = set.ScoredAsync(requests, Cancel);

        switch (policy)
        {
            case UnscoredPolicy.LeaveOut:
                ScoreTable table = await scoring;
                AssertRightOrNone(requests, table);
                Assert.Equal(1, table.Scores.Count(row => double.IsNaN(row[0])));
                Assert.Contains("there was no answer before the deadline of 3 s", Assert.Single(table.Messages), StringComparison.Ordinal);
                break;
            case UnscoredPolicy.FailJob:
                UnscoredException failed = await Assert.ThrowsAsync<UnscoredException>(() => scoring);
                Assert.Equal("reward_unscored", failed.Reason);
                Assert.Contains("reward outside did not answer for 1 of 4 completions: there was no answer before the deadline of 3 s", failed.Message, StringComparison.Ordinal);
                break;
            default:
                ScoringPausedException paused = await Assert.ThrowsAsync<ScoringPausedException>(() => scoring);
                Assert.False(paused.IsRequested);

                // Resumed, only what is missing is asked for.
                server.Behavior = new ScorerBehavior();
                int before = server.Calls.Count;
                AssertRightOrNone(requests, await set.ScoredAsync(requests, Cancel));
                Assert.Equal(before + 1, server.Calls.Count);
                break;
        }

        static async Task<ScoreResponse> HangsForSomeAsync(ScoreRequest request, ScorerCall call)
        {
            if (request.Completions[0].Completion_.StartsWith("completion 2", StringComparison.Ordinal))
            {
                TaskCompletionSource gone = new();
                await using CancellationTokenRegistration registration = call.Context.RequestAborted.Register(gone.SetResult);
                await gone.Task;
            }

            return await new ScorerBehavior().ScoreAsync(request, call);
        }
    }

    /// <summary>A step that is done again has the scores, and the gaps, that it had.</summary>
    [Fact]
    public async Task Score_AStepDoneAgain_HasTheSameGaps()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new FaultyBehavior(seed: 3, share: 0.5, [ScorerFault.NotANumber, ScorerFault.Refuses]), Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("http", server) with { BatchSize = 2 });
        ScoringRequest[] requests = RemoteSources.Requests(40);

        ScoreTable first = await set.ScoredAsync(requests, Cancel);
        server.Behavior = new ScorerBehavior();
        int calls = server.Calls.Count;
        ScoreTable again = await set.ScoredAsync(requests, Cancel), later = await set.ScoredAsync(RemoteSources.Requests(40, step: 2), Cancel);

        Assert.Equal(first.Scores.Select(row => row[0]), again.Scores.Select(row => row[0]));
        Assert.InRange(first.Scores.Count(row => double.IsNaN(row[0])), 1, 39);
        Assert.DoesNotContain(later.Scores, row => double.IsNaN(row[0])); // what failed is asked for again, what was answered is not
        Assert.Equal(calls + (first.Scores.Count(row => double.IsNaN(row[0])) + 1) / 2, server.Calls.Count);
    }

    [Fact]
    public async Task Score_Cancelled_EndsAtOnce()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScorerServer server = await HangingAsync(asked);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("remote", server));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        Task<ScoreTable> scoring = set.ScoredAsync(RemoteSources.Requests(4), cancel.Token);
        await asked.Task;
        long start = TimeProvider.System.GetTimestamp();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scoring);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, RemoteSources.Calls.Timeout / 2);
    }

    [Fact]
    public async Task Score_APauseIsAskedFor_EndsAtOnceAndKeepsWhatArrived()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScorerServer server = await HangingAsync(asked);
        using var pause = new CancellationTokenSource();
        CancellationToken pausing = pause.Token;
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("http", server), RemoteSources.Setup with { Journal = ScoreJournal.InMemory(), Pausing = () => pausing });

        Task<ScoreTable> scoring = set.ScoredAsync(RemoteSources.Requests(4), Cancel);
        await asked.Task;
        await pause.CancelAsync();

        Assert.True((await Assert.ThrowsAsync<ScoringPausedException>(() => scoring)).IsRequested);
        server.Behavior = new ScorerBehavior();
        pausing = CancellationToken.None;
        Assert.DoesNotContain((await set.ScoredAsync(RemoteSources.Requests(4), Cancel)).Scores, row => double.IsNaN(row[0]));
    }

    [Fact]
    public async Task Score_MostCallsFail_NoneIsMadeForAWhile()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new FaultyBehavior(seed: 1, share: 1, [ScorerFault.Unavailable]), Cancel);
        CallConfig calls = RemoteSources.Calls with { BreakAfter = 4, BreakDuration = TimeSpan.FromMinutes(10), Attempts = 100, Concurrency = 1, Deadline = TimeSpan.FromSeconds(3) };
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("http", server, calls) with { BatchSize = 1 });

        ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(20), Cancel);

        Assert.Equal(4, server.Calls.Count);
        Assert.Contains("the last fault: it answered HTTP 503", Assert.Single(table.Messages), StringComparison.Ordinal);

        Assert.All(table.Scores, row => Assert.True(double.IsNaN(row[0])));
    }

    [Fact]
    public async Task Score_RetryAfter_IsHeeded()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(
            new ScorerScript
            {
                Intercept = async (context, number) =>
                {
                    if (number == 1)
                    {
                        context.Response.StatusCode = 429;
                        context.Response.Headers.RetryAfter = "1";
                        await context.Response.CompleteAsync();
                    }

                    return number == 1;
                },
            },
            Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("http", server));
        long start = TimeProvider.System.GetTimestamp();

        await set.ScoredAsync(RemoteSources.Requests(1), Cancel);

        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.99));
        Assert.Equal(2, server.Calls.Count);
    }

    [Fact]
    public async Task Score_CallsPerMinute_AreKept()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("http", server, RemoteSources.Calls with { RequestsPerMinute = 120 }) with { BatchSize = 1 });
        long start = TimeProvider.System.GetTimestamp();

        await set.ScoredAsync(RemoteSources.Requests(6), Cancel);

        // Two at once, and one every half second after them.
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(1.9), $"{TimeProvider.System.GetElapsedTime(start)}");
    }

    [Fact]
    public async Task Score_CallsAtTheSameTime_AreAsManyAsAllowed()
    {
        int now = 0, most = 0;
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Answer = CountedAsync }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer("http", server, RemoteSources.Calls with { Concurrency = 3 }) with { BatchSize = 1 });

        await set.ScoredAsync(RemoteSources.Requests(12), Cancel);

        Assert.Equal(3, most);

        async Task<ScoreResponse> CountedAsync(ScoreRequest request, ScorerCall call)
        {
            int running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            if (running == 3)
            {
                full.TrySetResult();
            }

            await full.Task; // the first ones wait until there are as many as may be
            Interlocked.Decrement(ref now);
            return await new ScorerBehavior().ScoreAsync(request, call);
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen; seen = most)
        {
        }
    }

    private static void AssertRightOrNone(IReadOnlyList<ScoringRequest> requests, ScoreTable table) =>
        Assert.All(requests.Zip(table.Scores), pair => Assert.True(double.IsNaN(pair.Second[0]) || pair.Second[0] == ScorerBehavior.ScoreOf(pair.First.Completion), $"{pair.First.Completion}: {pair.Second[0]}"));

    private static Task<ScorerServer> HangingAsync(TaskCompletionSource asked) => ScorerServer.StartAsync(
        new ScorerScript
        {
            Answer = async (request, call) =>
            {
                asked.TrySetResult();
                TaskCompletionSource gone = new();
                await using CancellationTokenRegistration registration = call.Context.RequestAborted.Register(gone.SetResult);
                await gone.Task;
                return new ScoreResponse();
            },
        },
        Cancel);
}
