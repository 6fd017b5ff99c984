using AlignService.Scorers;
using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Testing;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Tests.Rewards.Remote;

/// <summary>Rewards outside the worker as a job makes them, and completions for them.</summary>
internal static class RemoteSources
{
    private static readonly Lazy<Tokenizer> Tokens = new(() => Tokenizer.Load(Path.Combine(Repository.Root, "tests/golden/tokenizers/bytelevel-llama3")));

    public static Tokenizer Tokenizer => Tokens.Value;

    /// <summary>For tests, which do not want to wait.</summary>
    public static CallConfig Calls { get; } = new() { Deadline = TimeSpan.FromSeconds(30), Timeout = TimeSpan.FromSeconds(20), BreakAfter = null };

    public static RemoteSetup Setup { get; } = new() { FirstDelay = TimeSpan.FromMilliseconds(1) };

    /// <summary>A scorer by its kind, remote or http.</summary>
    public static ScorerRewardConfig Scorer(string kind, ScorerServer server, CallConfig? calls = null) => kind == "remote"
        ? new GrpcRewardConfig { Name = "outside", Address = server.GrpcAddress, Calls = calls ?? Calls }
        : new HttpRewardConfig { Name = "outside", Url = server.HttpUrl, Calls = calls ?? Calls };

    public static LlmJudgeConfig Judge(ScorerServer server, CallConfig? calls = null) =>
        new() { Name = "outside", Url = server.JudgeUrl, Models = ["judge"], MinScore = 0, MaxScore = 10, Calls = calls ?? Calls };

    public static IRemoteReward Create(RewardConfig config, RemoteSetup? setup = null) => (IRemoteReward)config.Create(new RewardSetup
    {
        MaxCompletionLength = 64,
        PolicyTokenizer = Tokenizer,
        Models = null!,
        Time = TimeProvider.System,
        Remote = setup ?? Setup with { Journal = ScoreJournal.InMemory() },
    });

    public static RewardSet Set(RewardConfig config, RemoteSetup? setup = null) => new([new RewardSource(config.Name, 1, Create(config, setup))], TimeProvider.System);

    /// <summary>On a thread of its own, as in training: it waits.</summary>
    public static Task<ScoreTable> ScoredAsync(this RewardSet set, IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => set.Score(requests, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <param name="count">How many; no two are the same.</param>
    /// <param name="groupSize">Completions of one prompt.</param>
    /// <param name="step">The step that they are scored for.</param>
    public static ScoringRequest[] Requests(int count, int groupSize = 4, int step = 1) =>
        [.. Enumerable.Range(0, count).Select(i => Request($"completion {i} of many", i / groupSize, step))];

    public static ScoringRequest Request(string completion, int group = 0, int step = 1) =>
        new(new Prompt(group, $"prompt {group}", null, "42") { Metadata = new Dictionary<string, string> { ["level"] = "3" } }, completion, Tokenizer.Encode(completion, addSpecialTokens: false), Truncated: false)
        {
            Group = group,
            Moment = new ScoringMoment(step, IsEvaluation: false),
        };
}
