using System.Net;
using System.Net.Sockets;
using System.Text;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AlignService.Server.Tests.Rewards;

/// <summary>Rewards are tried by a real server in a real process, and what a source says or fails to say is told.</summary>
public sealed class RewardServiceTests
{
    private const string Secret = "hunter2-and-more";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string RewardModel => Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "reward-model");

    [Fact]
    public async Task Each_source_gives_a_score_or_says_why_there_is_none()
    {
        await using TestServer server = await StartAsync();
        TryRequest request = Request(
            new RewardSource { Name = "right", ExactMatch = new ExactMatchReward() },
            new RewardSource { Name = "model", Weight = 0.5, RewardModel = new RewardModelReward { Model = RewardModel } },
            new RewardSource { Name = "script", Weight = 0, JavaScript = new JavaScriptReward { Script = "function reward(input) { if (input.completion === 'mjedc') { throw new Error('no such luck'); } return 2; }" } });

        TryResponse response = await Client(server).TryAsync(request, cancellationToken: Cancel);

        Assert.Equal(["right", "model", "script"], response.Sources.Select(source => source.Name));
        Assert.Equal([1, 0], response.Completions.Select(row => row.Scores[0].Score));
        Assert.True(response.Completions[0].Scores[1].Score > response.Completions[1].Scores[1].Score);
        Assert.Equal(2, response.Completions[0].Scores[2].Score);
        Assert.False(response.Completions[1].Scores[2].HasScore);
        Assert.Contains("no such luck", response.Completions[1].Scores[2].NoScoreReason, StringComparison.Ordinal);
        Assert.Equal(1 + (0.5 * response.Completions[0].Scores[1].Score), response.Completions[0].Reward, 1e-12);
        Assert.All(response.Completions, row => Assert.Equal(6, row.TokenCount));
        Assert.All(response.Sources, source => Assert.True(source.Duration.ToTimeSpan() >= TimeSpan.Zero && source.Calls == 0));
        Assert.Contains("script gave no score to 1 of 2", Assert.Single(response.Messages), StringComparison.Ordinal);
    }

    /// <summary>The scorer says what it was sent in its error; whatever it says, the secret is not in the answer.</summary>
    [Fact]
    public async Task Scorer_is_asked_with_its_secret_and_its_failure_is_told_without_it()
    {
        using HttpListener scorer = Listen(out string address);
        Task<string> asked = AnswerAsync(scorer);
        await using TestServer server = await StartAsync(environment: new() { ["ALIGN_SECRET_SCORER"] = Secret });
        HttpReward http = new() { Url = address, Token = "env:ALIGN_SECRET_SCORER", Calls = new CallSettings { Attempts = 1, WhenUnscored = UnscoredPolicy.FailJob } };
        TryRequest request = Request(new RewardSource { Name = "far", Http = http });

        TryResponse response = await Client(server).TryAsync(request, cancellationToken: Cancel);

        Assert.Equal($"Bearer {Secret}", await asked);
        Assert.All(response.Completions, row => Assert.False(row.Scores[0].HasScore || row.HasReward));
        Assert.All(response.Completions, row => Assert.NotEmpty(row.Scores[0].NoScoreReason));
        Assert.True(response.Sources[0].Calls >= 1 && response.Sources[0].Faults >= 1);
        Assert.DoesNotContain(Secret, response.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_job_may_not_reach_a_trial_may_not()
    {
        await using TestServer server = await StartAsync();
        foreach ((RewardSource source, string field) in new[]
        {
            (new RewardSource { Name = "far", Http = new HttpReward { Url = "http://169.254.169.254/latest" } }, "spec.grpo.rewards[0].http.url"),
            (new RewardSource { Name = "far", Http = new HttpReward { Url = "http://127.0.0.1:9/", Token = "env:HOME" } }, "spec.grpo.rewards[0].http.token"),
            (new RewardSource { Name = "model", RewardModel = new RewardModelReward { Model = "models/nobody" } }, ""),
            (new RewardSource { Name = "model", RewardModel = new RewardModelReward { Model = SamplingServer.Policy } }, "spec.grpo.rewards[0].reward_model.model"),
            (new RewardSource { Name = "bad name", ExactMatch = new ExactMatchReward() }, "spec.grpo.rewards[0].name"),
        })
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await Client(server).TryAsync(Request(source), cancellationToken: Cancel));
            if (field.Length == 0)
            {
                Assert.Equal(StatusCode.NotFound, refused.StatusCode);
                continue;
            }

            Assert.Equal((StatusCode.InvalidArgument, field), (refused.StatusCode, Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field));
        }
    }

    [Fact]
    public async Task Wrong_request_is_refused_with_its_field()
    {
        await using TestServer server = await StartAsync();
        RewardSource right = new() { Name = "right", ExactMatch = new ExactMatchReward() };
        TryRequest none = Request(right), many = Request(right), large = Request(right), empty = Request(right), kind = Request(right), rewards = Request();
        none.Completions.Clear();
        many.Completions.Add(Enumerable.Repeat(many.Completions[0], 256));
        large.Completions[0].Completion = new string('a', 4_000_001);
        empty.Completions[1].Prompt = new Prompt();
        kind.Spec = new JobSpec { Supervised = new SupervisedJob() };
        foreach ((TryRequest request, string field) in new[] { (none, "completions"), (many, "completions"), (large, "completions"), (empty, "completions[1].prompt"), (kind, "spec"), (rewards, "spec.grpo.rewards"), (new TryRequest { Completions = { none.Completions, many.Completions[0] } }, "spec") })
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await Client(server).TryAsync(request, cancellationToken: Cancel));
            Assert.Equal((StatusCode.InvalidArgument, field), (refused.StatusCode, Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field));
        }
    }

    private static RewardService.RewardServiceClient Client(TestServer server) => new(server.Channel);

    private static Task<TestServer> StartAsync(Dictionary<string, string>? environment = null) => TestServer.StartAsync(
        settings => settings with { Roots = ["/"] },
        builder => builder.Services.AddSingleton(AlignProgram.AsWorker with { Environment = environment ?? [] }),
        Cancel);

    private static TryRequest Request(params RewardSource[] rewards) => new()
    {
        Spec = new JobSpec { Grpo = new GrpoJob { Model = SamplingServer.Policy, Rewards = { rewards } } },
        Completions =
        {
            new GivenCompletion { Prompt = new Prompt { Text = "sort ejcmd:", Answer = "cdejm" }, Completion = "cdejm" },
            new GivenCompletion { Prompt = new Prompt { Text = "sort ejcmd:", Answer = "cdejm" }, Completion = "mjedc" },
        },
    };

    private static HttpListener Listen(out string address)
    {
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        HttpListener listener = new() { Prefixes = { address } };
        listener.Start();
        return listener;
    }

    /// <summary>Refuses every call, and says in the refusal what it was sent; returns the credentials of the first.</summary>
    private static async Task<string> AnswerAsync(HttpListener scorer)
    {
        HttpListenerContext first = await scorer.GetContextAsync();
        string credentials = first.Request.Headers["Authorization"] ?? "";
        _ = RefuseAllAsync(scorer, first);
        return credentials;
    }

    private static async Task RefuseAllAsync(HttpListener scorer, HttpListenerContext call)
    {
        try
        {
            while (true)
            {
                call.Response.StatusCode = 400;
                await call.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes($"I was sent {call.Request.Headers["Authorization"]}"));
                call.Response.Close();
                call = await scorer.GetContextAsync();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }
}
