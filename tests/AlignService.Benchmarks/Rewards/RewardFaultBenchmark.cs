using System.CommandLine;
using System.Diagnostics;
using AlignService.Benchmarks.Chaos;
using AlignService.Benchmarks.Service;
using AlignService.Contracts.V1;
using AlignService.Scorers;
using AlignService.Testing;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace AlignService.Benchmarks.Rewards;

/// <summary>
/// Jobs whose reward is a scorer, a URL or a judge that does something wrong with a large share of its calls. Every job must succeed, and every recorded score must be the
/// right one: what was not answered is missing, and never 0. One JSON line a job.
/// </summary>
internal static class RewardFaultBenchmark
{
    private const string Source = "outside";

    /// <summary>A judge writes six decimals.</summary>
    private const double Tolerance = 1e-6;

    private static readonly string[] Kinds = ["remote", "http", "llm_judge"];

    public static Command Command()
    {
        Option<int> faults = new("--faults") { Description = "How many.", DefaultValueFactory = _ => 1000 };
        Option<double> share = new("--share") { Description = "Of calls with a fault.", DefaultValueFactory = _ => 0.5 };
        Option<int> seed = new("--seed") { Description = "Draws faults.", DefaultValueFactory = _ => 1 };
        Command command = new("reward-faults", "Trains against scorers that fail, lie, hang and die, and checks every score.") { faults, share, seed };
        command.SetAction((result, cancellation) => RunAsync(result.GetValue(faults), result.GetValue(share), result.GetValue(seed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int faults, double share, int seed, CancellationToken cancellationToken)
    {
        await using ChaosService service = await ChaosService.StartAsync(postgres: false, cancellationToken);
        await using ScorerServer scorer = await ScorerServer.StartAsync(new ScorerBehavior(), cancellationToken);
        Dictionary<ScorerFault, int> injected = [];
        Outcome total = new();
        int jobs = 0, lost = 0;
        while (injected.Values.Sum() < faults)
        {
            string kind = Kinds[jobs % Kinds.Length];
            FaultyBehavior behavior = new(seed + jobs, share, FaultyBehavior.All);
            scorer.Behavior = behavior;
            long start = Stopwatch.GetTimestamp();
            (bool succeeded, Outcome outcome) = await FollowAsync(service, Spec(kind, scorer), cancellationToken);
            foreach ((ScorerFault fault, int count) in behavior.Injected.Where(pair => pair.Key != ScorerFault.None))
            {
                injected[fault] = injected.GetValueOrDefault(fault) + count;
            }

            jobs++;
            lost += succeeded ? 0 : 1;
            total += outcome;
            ServiceBenchmark.Print(new { benchmark = "reward-faults", kind, succeeded, outcome.Right, outcome.Wrong, outcome.Zero, outcome.Missing, seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1) });
        }

        ServiceBenchmark.Print(new
        {
            benchmark = "reward-faults",
            seed,
            jobs,
            lost,
            faults = injected.Values.Sum(),
            kinds = string.Join(' ', injected.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}")),
            total.Right,
            total.Wrong,
            total.Zero,
            total.Missing,
        });
        return lost == 0 && total is { Wrong: 0, Zero: 0, Right: > 0 } ? 0 : 1;
    }

    /// <summary>Runs a job to its end, and compares the scores of its samples with what the scorer gives when it is right.</summary>
    private static async Task<(bool Succeeded, Outcome Outcome)> FollowAsync(ChaosService service, JobSpec spec, CancellationToken cancellationToken)
    {
        Job job = (await service.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: cancellationToken)).Job;
        using AsyncServerStreamingCall<WatchJobResponse> watch = service.Jobs.WatchJob(new WatchJobRequest { Name = job.Name }, cancellationToken: cancellationToken);
        Outcome outcome = new();
        while (await watch.ResponseStream.MoveNext(cancellationToken))
        {
            foreach (SampleCompletion sample in watch.ResponseStream.Current.Event.Samples?.Completions ?? [])
            {
                outcome += Outcome.Of(sample);
            }
        }

        job = (await service.Jobs.GetJobAsync(new GetJobRequest { Name = job.Name }, cancellationToken: cancellationToken)).Job;
        return (job.State == JobState.Succeeded, outcome);
    }

    private static JobSpec Spec(string kind, ScorerServer scorer)
    {
        CallSettings calls = new() { Timeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)), Deadline = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)), Attempts = 3, BreakAfter = 0, Concurrency = 8, Cache = false };
        RewardSource reward = new() { Name = Source };
        switch (kind)
        {
            case "remote":
                reward.Remote = new RemoteReward { Address = scorer.GrpcAddress, BatchSize = 2, Calls = calls };
                break;
            case "http":
                reward.Http = new HttpReward { Url = scorer.HttpUrl, BatchSize = 2, Calls = calls };
                break;
            default:
                reward.LlmJudge = new LlmJudgeReward { Url = scorer.JudgeUrl, Models = { "judge" }, Prompt = "{completion}", MinScore = 0, MaxScore = 10, Calls = calls };
                break;
        }

        return new JobSpec
        {
            DisplayName = $"faults of {kind}",
            Grpo = new GrpoJob
            {
                Model = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy"),
                Prompts = new PromptSource { Inline = { new Prompt { Text = "sort ejcmd:" }, new Prompt { Text = "sort kjhdn:" }, new Prompt { Text = "sort nhklj:" }, new Prompt { Text = "sort bafcz:" } } },
                Rewards = { reward },
                Algorithm = new GrpoAlgorithm { Steps = 20, PromptsPerStep = 4, GroupSize = 8 },
                Sampling = new SamplingSettings { MaxCompletionLength = 12 },
                Optimizer = new OptimizerSettings { LearningRate = 1e-4 },
            },
        };
    }

    /// <summary>What became of completions.</summary>
    private readonly record struct Outcome(int Right, int Wrong, int Zero, int Missing)
    {
        public static Outcome Of(SampleCompletion sample) => !sample.Scores.TryGetValue(Source, out double score) ? new(0, 0, 0, 1)
            : score == 0 ? new(0, 0, 1, 0)
            : Math.Abs(score - ScorerBehavior.ScoreOf(sample.Completion)) <= Tolerance ? new(1, 0, 0, 0)
            : new(0, 1, 0, 0);

        public static Outcome operator +(Outcome a, Outcome b) => new(a.Right + b.Right, a.Wrong + b.Wrong, a.Zero + b.Zero, a.Missing + b.Missing);
    }
}
