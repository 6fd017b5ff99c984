using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Violations;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Xunit;
using static AlignService.Specs.Violations.ViolationCode;

namespace AlignService.Server.Tests.Validation;

/// <summary>Rewards outside the worker, through the wire: what is refused, what is warned of, and what is never repeated.</summary>
public sealed class RemoteRewardValidationTests
{
    private const string Remote = "spec.grpo.rewards[0].remote", Http = "spec.grpo.rewards[0].http", Judge = "spec.grpo.rewards[0].llm_judge";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>As for <see cref="ValidationTests.Faults"/>.</summary>
    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Faults { get; } = new()
    {
        { "address", Remotely(reward => reward.Address = "localhost:5000"), $"{Remote}.address", Invalid },
        { "address empty", Remotely(reward => reward.Address = ""), $"{Remote}.address", Missing },
        { "address with a path", Remotely(reward => reward.Address = "http://scorer:5000/score"), $"{Remote}.address", Invalid },
        { "address of metadata", Remotely(reward => reward.Address = "http://169.254.169.254"), $"{Remote}.address", Invalid },
        { "address of metadata as IPv6", Remotely(reward => reward.Address = "http://[::ffff:a9fe:a9fe]:80"), $"{Remote}.address", Invalid },
        { "url with a password", Over(reward => reward.Url = "http://me:hunter2@scorer/score"), $"{Http}.url", Invalid },
        { "url of a file", Over(reward => reward.Url = "file:///etc/passwd"), $"{Http}.url", Invalid },
        { "token in the spec", Remotely(reward => reward.Token = "sk-hunter2"), $"{Remote}.token", Invalid },
        { "token of another variable", Remotely(reward => reward.Token = "env:ALIGN_STORE"), $"{Remote}.token", Invalid },
        { "token of a file", Remotely(reward => reward.Token = "file:/etc/passwd"), $"{Remote}.token", Invalid },
        { "token of a relative file", Remotely(reward => reward.Token = "file:token.txt"), $"{Remote}.token", Invalid },
        { "header that is a secret", Over(reward => reward.Headers.Add("X-Api-Key", "hunter2")), $"{Http}.headers[X-Api-Key]", Invalid },
        { "header of the client", Over(reward => reward.Headers.Add("Content-Type", "text/plain")), $"{Http}.headers[Content-Type]", Invalid },
        { "header's name", Over(reward => reward.Headers.Add("a b", "c")), $"{Http}.headers[a b]", Invalid },
        { "header's line break", Over(reward => reward.Headers.Add("x-team", "a\r\nHost: b")), $"{Http}.headers[x-team]", Invalid },
        { "two tokens", Over(reward => { reward.Token = "env:ALIGN_SECRET_A"; reward.Headers.Add("Authorization", "env:ALIGN_SECRET_B"); }), $"{Http}.token", Conflict },
        { "batch size", Remotely(reward => reward.BatchSize = 0), $"{Remote}.batch_size", OutOfRange },
        { "two kinds of segments", Remotely(reward => (reward.SegmentDelimiter, reward.SegmentPerToken) = (";", true)), $"{Remote}.segment_per_token", Conflict },
        { "deadline", Calls(calls => calls.Deadline = Duration.FromTimeSpan(TimeSpan.FromDays(2))), $"{Remote}.calls.deadline", OutOfRange },
        { "timeout", Calls(calls => calls.Timeout = Duration.FromTimeSpan(TimeSpan.FromMinutes(10))), $"{Remote}.calls.timeout", OutOfRange },
        { "concurrency", Calls(calls => calls.Concurrency = 0), $"{Remote}.calls.concurrency", OutOfRange },
        { "attempts", Calls(calls => calls.Attempts = 0), $"{Remote}.calls.attempts", OutOfRange },
        { "requests per minute", Calls(calls => calls.RequestsPerMinute = -1), $"{Remote}.calls.requests_per_minute", OutOfRange },
        { "break after", Calls(calls => calls.BreakAfter = 1), $"{Remote}.calls.break_after", OutOfRange },
        { "break duration", Calls(calls => calls.BreakDuration = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(10))), $"{Remote}.calls.break_duration", OutOfRange },
        { "policy", Calls(calls => calls.WhenUnscored = (UnscoredPolicy)9), $"{Remote}.calls.when_unscored", Unknown },

        { "judge's url", Judged(judge => judge.Url += "/chat/completions"), $"{Judge}.url", Invalid },
        { "no models", Judged(judge => judge.Models.Clear()), $"{Judge}.models", Missing },
        { "a model twice", Judged(judge => judge.Models.Add("qwen")), $"{Judge}.models", Invalid },
        { "no question", Judged(judge => judge.ClearMinScore()), $"{Judge}.prompt", Missing },
        { "json without a prompt", Judged(judge => judge.JsonField = "score"), $"{Judge}.prompt", Missing },
        { "prompt without the completion", Judged(judge => judge.Prompt = "How good is {prompt}?"), $"{Judge}.prompt", Invalid },
        { "prompt with another field", Judged(judge => judge.Prompt = "{completion} {anwser}"), $"{Judge}.prompt", Invalid },
        { "prompt with a brace", Judged(judge => judge.Prompt = "{completion} {"), $"{Judge}.prompt", Invalid },
        { "range", Judged(judge => judge.MinScore = 10), $"{Judge}.min_score", OutOfRange },
        { "two kinds of answers", Judged(judge => { judge.RankGroup = true; judge.Rubric.Add(new RubricCriterion { Text = "It is true." }); judge.ClearMinScore(); judge.ClearMaxScore(); }), $"{Judge}.rank_group", Conflict },
        { "label twice", Judged(judge => judge.Labels.Add([new JudgeLabel { Label = "good" }, new JudgeLabel { Label = "Good" }])), $"{Judge}.labels[1].label", Conflict },
        { "criterion without text", Judged(judge => judge.Rubric.Add(new RubricCriterion())), $"{Judge}.rubric[0].text", Missing },
        { "criterion's weight", Judged(judge => judge.Rubric.Add(new RubricCriterion { Text = "It is true.", Weight = 0 })), $"{Judge}.rubric[0].weight", OutOfRange },
        { "temperature", Judged(judge => judge.Temperature = 3), $"{Judge}.temperature", OutOfRange },
        { "max tokens", Judged(judge => judge.MaxTokens = 0), $"{Judge}.max_tokens", OutOfRange },
        { "further fields", Judged(judge => judge.RequestJson = "[1]"), $"{Judge}.request_json", Invalid },
        { "further field that is taken", Judged(judge => judge.RequestJson = """{"stream": true}"""), $"{Judge}.request_json", Conflict },
    };

    public static TheoryData<string, Action<JobSpec>, string, ViolationCode> Warnings { get; } = new()
    {
        { "break as long as the deadline", Calls(calls => calls.BreakDuration = Duration.FromTimeSpan(TimeSpan.FromMinutes(5))), $"{Remote}.calls.break_duration", Unusual },
        { "range without numbers", Judged(judge => judge.RankGroup = true), $"{Judge}.min_score", NoEffect },
    };

    [Fact]
    public async Task Each_fault_is_found_at_its_field_with_its_code()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        List<string> wrong = [];
        foreach ((string what, Action<JobSpec> change, string field, ViolationCode code) in Faults.Select(row => row.Data))
        {
            JobSpec spec = SampleSpecs.Valid(server.Folder);
            change(spec);
            RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel));
            BadRequest.Types.FieldViolation[] violations = [.. refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations];
            if (violations is not [var only] || only.Field != field || only.Reason != ViolationTextTests.OnWire(code))
            {
                wrong.Add($"{what}: expected {field} {ViolationTextTests.OnWire(code)} alone, got\n{string.Join('\n', violations.Select(one => $"    {one.Field} {one.Reason}: {one.Description}"))}");
            }

            Assert.DoesNotContain("hunter2", what == "url with a password" ? "" : refused.ToString(), StringComparison.Ordinal);
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_unusual_thing_is_a_warning_and_no_fault()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        foreach ((_, Action<JobSpec> change, string field, ViolationCode code) in Warnings.Select(row => row.Data))
        {
            JobSpec spec = SampleSpecs.Valid(server.Folder);
            change(spec);
            CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
            Assert.Contains(response.Warnings, one => one.Field == field && one.Reason == ViolationTextTests.OnWire(code));
        }
    }

    /// <summary>What is stored and shown is the reference, with every default beside it.</summary>
    [Fact]
    public async Task A_reward_is_stored_with_its_defaults_and_its_reference()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        Remotely(reward => (reward.Token, reward.Calls) = ("env:ALIGN_SECRET_SCORER", new CallSettings { RequestsPerMinute = 0, BreakAfter = 0 }))(spec);
        spec.Grpo.Rewards.Add(new RewardSource
        {
            Name = "judged",
            LlmJudge = new LlmJudgeReward { Url = "https://judge/v1", Models = { "a", "b" }, Labels = { new JudgeLabel { Label = "good", Score = 1 }, new JudgeLabel { Label = "bad" } }, Headers = { { "x-team", "a" } } },
        });
        string name = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: Cancel)).Job.Name;

        JobSpec stored = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: Cancel)).Job.Spec;

        RemoteReward remote = stored.Grpo.Rewards[0].Remote;
        Assert.Equal(("env:ALIGN_SECRET_SCORER", 16, "http://scorer:5000"), (remote.Token, remote.BatchSize, remote.Address));
        Assert.Equal((300, 60, 8, 4, 0, 0), (remote.Calls.Deadline.Seconds, remote.Calls.Timeout.Seconds, remote.Calls.Concurrency, remote.Calls.Attempts, remote.Calls.RequestsPerMinute, remote.Calls.BreakAfter));
        Assert.Equal((true, UnscoredPolicy.LeaveOut), (remote.Calls.Cache, remote.Calls.WhenUnscored));
        LlmJudgeReward judge = stored.Grpo.Rewards[1].LlmJudge;
        Assert.Equal((["a", "b"], [("good", 1), ("bad", 0)], "a"), (judge.Models.ToArray(), judge.Labels.Select(label => (label.Label, label.Score)).ToArray(), judge.Headers["x-team"]), Comparer);
        Assert.Equal((20, 1024, 0), (judge.Calls.BreakAfter, judge.MaxTokens, judge.TokensPerMinute));
    }

    [Fact]
    public async Task What_the_operator_opens_is_open()
    {
        await using TestServer server = await TestServer.StartAsync(settings => settings with { Secrets = ["SCORER_KEY", "/run/secrets"], OpenNetworks = ["169.254.7.0/24"] }, Cancel);
        foreach ((string token, string address, bool isOpen) in new[] { ("env:SCORER_KEY", "http://169.254.7.1:5000", true), ("file:/run/secrets/key", "http://10.0.0.1:5000", true), ("env:SCORER_KEY2", "http://a:1", false), ("file:/run/secrets-2/key", "http://a:1", false), ("file:/run/secrets/../../etc/passwd", "http://a:1", false), ("env:SCORER_KEY", "http://169.254.8.1", false) })
        {
            JobSpec spec = SampleSpecs.Valid(server.Folder);
            Remotely(reward => (reward.Token, reward.Address) = (token, address))(spec);
            CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true, ListViolations = true }, cancellationToken: Cancel);
            Assert.True(isOpen == (response.Violations.Count == 0), $"{token} {address}: {response.Violations}");
        }
    }

    [Fact]
    public async Task A_network_that_is_none_keeps_the_server_from_starting() =>
        Assert.Contains("--open-networks (ALIGN_OPEN_NETWORKS): \"169.254\" is not a network", (await Assert.ThrowsAnyAsync<AlignException>(() => TestServer.StartAsync(settings => settings with { OpenNetworks = ["169.254"] }, Cancel))).Message, StringComparison.Ordinal);

    private static IEqualityComparer<(string[], (string, double)[], string)> Comparer { get; } =
        EqualityComparer<(string[] Models, (string, double)[] Labels, string Team)>.Create((a, b) => a.Models.SequenceEqual(b.Models) && a.Labels.SequenceEqual(b.Labels) && a.Team == b.Team, value => value.Team.Length);

    private static Action<JobSpec> Remotely(Action<RemoteReward> change) => spec => change(spec.Grpo.Rewards[0].Remote = new RemoteReward { Address = "http://scorer:5000" });

    private static Action<JobSpec> Calls(Action<CallSettings> change) => Remotely(reward => change(reward.Calls = new CallSettings()));

    private static Action<JobSpec> Over(Action<HttpReward> change) => spec => change(spec.Grpo.Rewards[0].Http = new HttpReward { Url = "http://scorer:5000/score" });

    private static Action<JobSpec> Judged(Action<LlmJudgeReward> change) =>
        spec => change(spec.Grpo.Rewards[0].LlmJudge = new LlmJudgeReward { Url = "http://judge:8000/v1", Models = { "qwen" }, MinScore = 1, MaxScore = 10 });
}
