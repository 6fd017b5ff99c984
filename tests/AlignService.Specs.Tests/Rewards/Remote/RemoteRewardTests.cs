using System.Diagnostics;
using AlignService.Contracts.Reward.V1;
using AlignService.Scorers;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using Microsoft.AspNetCore.Http;
using Xunit;
using WireSegment = AlignService.Contracts.Reward.V1.SegmentScore;

namespace AlignService.Specs.Tests.Rewards.Remote;

/// <summary>Scorers over gRPC and HTTP: what they are asked, and what becomes of what they answer.</summary>
public sealed class RemoteRewardTests
{
    public static TheoryData<string> Kinds => ["remote", "http"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_EveryCompletion_HasTheScoreOfItsOwnText(string kind)
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        ScoringRequest[] requests = [.. RemoteSources.Requests(50), RemoteSources.Request("completion 3 of many")];
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server) with { BatchSize = 7 });

        ScoreTable table = await set.ScoredAsync(requests, Cancel);

        Assert.Equal(requests.Select(request => ScorerBehavior.ScoreOf(request.Completion)), table.Scores.Select(row => row[0]));
        Assert.Empty(table.Messages);
        Assert.Equal(8, server.Calls.Count); // 50 in sevens
        Assert.Equal((8, 0, 0), (table.Calls["outside"].Latencies.Count, table.Calls["outside"].Faults, table.Calls["outside"].Retries));
        Assert.All(server.Answered.Values, count => Assert.Equal(1, count));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_AScorerSees_AllOfTheRow(string kind)
    {
        ScoreRequest? seen = null;
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Answer = (request, _) => Task.FromResult(Noted(request)) }, Cancel);
        Prompt prompt = new(0, null, [new("system", "Be brief."), new("user", "Who?"), new("assistant", null) { FieldsJson = """{"tool_calls": [1]}""" }, new("user", "When?")], "1969")
        {
            Metadata = new Dictionary<string, string> { ["source"] = "trivia" },
            ToolsJson = """[{"name": "search"}]""",
        };
        ScoringRequest[] requests = [new(prompt, "In 1969, 🚀", [5, 6, 7], Truncated: true), RemoteSources.Request("x", group: 1) with { Prompt = new Prompt(1, "plain", null, null) }];
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server) with { Headers = new Dictionary<string, string> { ["X-Team"] = "alignment" } });

        await set.ScoredAsync(requests, Cancel);

        Assert.Equal("outside", seen!.Source);
        Completion chat = seen.Completions[0], plain = seen.Completions[1];
        Assert.Equal(("When?", "In 1969, 🚀", "1969", true, 3), (chat.Prompt, chat.Completion_, chat.Answer, chat.Truncated, chat.TokenCount));
        Assert.Equal(["system", "user", "assistant", "user"], chat.Messages.Select(message => message.Role));
        Assert.Equal((false, """{"tool_calls": [1]}"""), (chat.Messages[2].HasContent, chat.Messages[2].FieldsJson));
        Assert.Equal(("trivia", """[{"name": "search"}]"""), (chat.Metadata["source"], chat.ToolsJson));
        Assert.Equal(("plain", false, 1), (plain.Prompt, plain.HasAnswer, plain.Group));
        Assert.Empty(plain.Messages);
        Assert.Equal("alignment", server.Calls[0].Headers["x-team"]);

        ScoreResponse Noted(ScoreRequest request)
        {
            seen = request;
            return new ScoreResponse { Scores = { request.Completions.Select(completion => new CompletionScore { Id = completion.Id, Score = 1 }) } };
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_NoScoreWithAReason_IsAnAnswer(string kind)
    {
        await using ScorerServer server = await ScorerServer.StartAsync(
            new ScorerScript { One = completion => completion.Completion_.Contains('1') ? new() { Id = completion.Id, NoScore = "it has a 1" } : new() { Id = completion.Id, Score = 0 } }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server, RemoteSources.Calls with { WhenUnscored = UnscoredPolicy.FailJob }));

        ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(3), Cancel);

        Assert.Equal([0, double.NaN, 0], table.Scores.Select(row => row[0]));
        Assert.Equal("reward outside gave no score to 1 of 3 completions: it has a 1", Assert.Single(table.Messages));
        Assert.Single(server.Calls);
        await set.ScoredAsync(RemoteSources.Requests(3), Cancel);
        Assert.Single(server.Calls);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_WholeGroups_AreNeverSplit(string kind)
    {
        List<ScoreRequest> calls = [];
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Answer = (request, _) => Task.FromResult(Ranked(request)) }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server) with { WholeGroups = true, BatchSize = 6 });
        ScoringRequest[] requests = [.. RemoteSources.Requests(10, groupSize: 4), RemoteSources.Request("completion 8 of many", group: 2)];

        ScoreTable table = await set.ScoredAsync(requests, Cancel);

        Assert.All(calls, call => Assert.All(call.Completions.GroupBy(completion => completion.Group), group => Assert.Equal(group.Key == 2 ? 3 : 4, group.Count())));
        Assert.Equal(3, calls.Count);
        Assert.Equal([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3], table.Scores.Select(row => row[0]));

        ScoreResponse Ranked(ScoreRequest request)
        {
            lock (calls)
            {
                calls.Add(request);
            }

            ScoreResponse response = new();
            response.Scores.AddRange(request.Completions.GroupBy(completion => completion.Group).SelectMany(group => group.Select((completion, i) => new CompletionScore { Id = completion.Id, Score = i + 1 })));
            return response;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_Segments_AreScoredOneByOne(string kind)
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { One = Segments }, Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server) with { SegmentDelimiter = "\n" });

        ScoreTable table = await set.ScoredAsync([RemoteSources.Request("one\ntwo two\nthree"), RemoteSources.Request("short")], Cancel);

        Assert.Equal([5, double.NaN], table.Scores.Select(row => row[0]));
        Assert.Equal([3, double.NaN, 7], table.Segments[0][0]!.Select(segment => segment.Score));
        Assert.Equal(table.Segments[0][0]![^1].End, RemoteSources.Request("one\ntwo two\nthree").TokenCount - 1);
        Assert.Equal("reward outside gave no score to 1 of 2 completions: it has 2 scores for 1 segments", Assert.Single(table.Messages));

        static CompletionScore Segments(Completion completion) => new()
        {
            Id = completion.Id,
            Segments = completion.Segments.Count == 3
                ? new SegmentScores { Scores = { new WireSegment { Score = 3 }, new WireSegment(), new WireSegment { Score = 7 } } }
                : new SegmentScores { Scores = { new WireSegment { Score = 0 }, new WireSegment { Score = 0 } } },
        };
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_TheTrace_IsPassedOn(string kind)
    {
        using ActivityListener listener = new() { ShouldListenTo = source => source.Name is "AlignService.Rewards" or "test", Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        List<Activity> spans = [];
        listener.ActivityStopped = span =>
        {
            lock (spans)
            {
                spans.Add(span);
            }
        };
        ActivitySource.AddActivityListener(listener);
        using ActivitySource source = new("test");
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server));
        using Activity step = source.StartActivity("step")!;

        await set.ScoredAsync(RemoteSources.Requests(2), Cancel);

        Assert.StartsWith($"00-{step.TraceId}-", Assert.Single(server.Calls).Headers["traceparent"], StringComparison.Ordinal);
        Activity call = Assert.Single(spans, span => span.TraceId == step.TraceId && span.Source.Name == "AlignService.Rewards");
        Assert.Equal(("reward_call", step.SpanId, "outside"), (call.OperationName, call.ParentSpanId, call.GetTagItem("reward.source")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_ASecret_IsSentAndNeverShown(string kind)
    {
        const string secret = "sk-do-not-tell-4711";
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"{secret}\n", Cancel);
        try
        {
            await using ScorerServer server = await ScorerServer.StartAsync(new ScorerScript { Intercept = RepeatsItAsync, One = completion => new() { Id = completion.Id, NoScore = $"your key {secret} is good" } }, Cancel);
            RemoteSetup setup = RemoteSources.Setup with { Journal = ScoreJournal.InMemory(), Secrets = new SecretPolicy([Path.GetDirectoryName(file)!]) };
            using RewardSet set = RemoteSources.Set(RemoteSources.Scorer(kind, server, RemoteSources.Calls with { Attempts = 1 }) with { Token = $"file:{file}", BatchSize = 1 }, setup);

            ScoreTable refused = await set.ScoredAsync(RemoteSources.Requests(1), Cancel), answered = await set.ScoredAsync(RemoteSources.Requests(2, step: 2), Cancel);

            Assert.All(server.Calls, call => Assert.Equal($"Bearer {secret}", call.Headers["authorization"]));
            Assert.Contains("***", Assert.Single(refused.Messages), StringComparison.Ordinal);
            Assert.Contains("your key *** is good", Assert.Single(answered.Messages), StringComparison.Ordinal);
            Assert.All((string[])[.. refused.Messages, .. answered.Messages], message => Assert.DoesNotContain(secret, message, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }

        static async Task<bool> RepeatsItAsync(HttpContext context, int number)
        {
            if (number > 1)
            {
                return false;
            }

            bool isGrpc = context.Request.ContentType!.StartsWith("application/grpc", StringComparison.Ordinal);
            context.Response.StatusCode = isGrpc ? 200 : 401;
            context.Response.ContentType = isGrpc ? "application/grpc" : "text/plain";
            string text = $"unknown: {context.Request.Headers.Authorization}";
            if (isGrpc)
            {
                context.Response.Headers["grpc-status"] = "16";
                context.Response.Headers["grpc-message"] = text;
            }
            else
            {
                await context.Response.WriteAsync(text, context.RequestAborted);
            }

            await context.Response.CompleteAsync();
            return true;
        }
    }

    [Fact]
    public void Create_ASecretThatIsNotOpenOrNotThere_SaysWhich()
    {
        GrpcRewardConfig config = new() { Name = "outside", Address = "http://127.0.0.1:1" };

        Assert.Contains("env:PATH is not open to jobs", Assert.Throws<SecretException>(() => RemoteSources.Create(config with { Token = "env:PATH" })).Message, StringComparison.Ordinal);
        Assert.Contains("The worker has no env:ALIGN_SECRET_ABSENT", Assert.Throws<SecretException>(() => RemoteSources.Create(config with { Token = "env:ALIGN_SECRET_ABSENT" })).Message, StringComparison.Ordinal);
        Assert.Contains("file:/etc/passwd is not open", Assert.Throws<SecretException>(() => RemoteSources.Create(config with { Headers = new Dictionary<string, string> { ["x-key"] = "file:/etc/passwd" } })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Score_AnAddressThatIsClosed_IsNotConnectedTo(string kind)
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        ScorerRewardConfig config = kind == "remote"
            ? new GrpcRewardConfig { Name = "outside", Address = "http://169.254.169.254:80", Calls = RemoteSources.Calls }
            : new HttpRewardConfig { Name = "outside", Url = "http://169.254.169.254/latest", Calls = RemoteSources.Calls };
        using RewardSet set = RemoteSources.Set(config);

        ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(1), Cancel);

        Assert.Contains("is an address that rewards may not connect to", Assert.Single(table.Messages), StringComparison.Ordinal);
        Assert.Equal((1, 0), (table.Calls["outside"].Faults, table.Calls["outside"].Retries));
    }

    [Fact]
    public async Task Score_SeveralSources_AreAskedAtTheSameTime()
    {
        // Each waits for the other: one after the other, neither would ever answer.
        TaskCompletionSource first = new(), second = new();
        await using ScorerServer one = await ScorerServer.StartAsync(new ScorerScript { Answer = (request, _) => MeetAsync(request, first, second) }, Cancel);
        await using ScorerServer two = await ScorerServer.StartAsync(new ScorerScript { Answer = (request, _) => MeetAsync(request, second, first) }, Cancel);
        using RewardSet set = new(
            [
                new("one", 1, RemoteSources.Create(RemoteSources.Scorer("remote", one))),
                new("local", 1, new RepetitionReward(new RepetitionConfig { Name = "local" })),
                new("two", 1, RemoteSources.Create(RemoteSources.Scorer("http", two))),
            ],
            TimeProvider.System);

        ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(2), Cancel);

        Assert.All(table.Scores, row => Assert.Equal([1, 0, 1], row));

        static async Task<ScoreResponse> MeetAsync(ScoreRequest request, TaskCompletionSource mine, TaskCompletionSource other)
        {
            mine.TrySetResult();
            await other.Task;
            return new ScoreResponse { Scores = { request.Completions.Select(completion => new CompletionScore { Id = completion.Id, Score = 1 }) } };
        }
    }

    /// <summary>A source that decides for another one what is right is asked once.</summary>
    [Fact]
    public async Task Score_AskedByAnotherSource_IsAskedOnce()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        using RewardSet set = RewardFactory.Create(
            [RemoteSources.Scorer("remote", server, RemoteSources.Calls with { Cache = false }), new CosineLengthConfig { Name = "cosine", CorrectSource = "outside", CorrectFrom = 0.5 }],
            new RewardSetup { MaxCompletionLength = 64, PolicyTokenizer = RemoteSources.Tokenizer, Models = null!, Time = TimeProvider.System, Remote = RemoteSources.Setup with { Journal = ScoreJournal.InMemory() } });

        ScoreTable table = await set.ScoredAsync(RemoteSources.Requests(4), Cancel);

        Assert.Single(server.Calls);
        Assert.All(table.Scores, row => Assert.True(row[0] >= 1 && row[1] > 0.5));
    }
}
