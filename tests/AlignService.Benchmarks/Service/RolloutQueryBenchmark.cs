using System.Diagnostics;
using System.Globalization;
using AlignService.Contracts.V1;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Server;
using AlignService.Server.Hosting;
using AlignService.Specs.Resources;
using AlignService.Store;
using AlignService.Store.Rollouts;
using AlignService.Testing;
using Grpc.Net.Client;
using RolloutFilter = AlignService.Contracts.V1.RolloutFilter;
using ScoreRange = AlignService.Contracts.V1.ScoreRange;
using StoredPrompt = AlignService.Specs.Data.Prompt;

namespace AlignService.Benchmarks.Service;

/// <summary>Latency of questions about a job with many stored rollouts, over gRPC, and the time of a replay by the program; one JSON line each.</summary>
internal static class RolloutQueryBenchmark
{
    private const int GroupSize = 8, PromptTokens = 40, CompletionTokens = 90, Words = 60;

    private static readonly string[] Vocabulary = [.. Enumerable.Range(0, 5000).Select(word => string.Create(CultureInfo.InvariantCulture, $"w{word * 7919 % 100_003}"))];

    public static async Task RunAsync(RolloutQueryOptions options, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("align-rollouts-").FullName;
        PostgresCluster? cluster = options.Store == "postgresql" ? await PostgresCluster.StartAsync(cancellationToken, durable: true) : null;
        var settings = new HostSettings { Listen = ["http://127.0.0.1:0"], Data = folder, Roots = ["/"], Workers = 0, Store = cluster?.Connection ?? $"sqlite:{Path.Combine(folder, "align.db")}", LogFormat = LogFormat.None };
        await using AlignServer server = await AlignServer.StartAsync(settings, cancellationToken);
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Addresses[0]);
        JobService.JobServiceClient jobs = new(channel);
        JobSpec spec = LoadedServer.Spec(0);
        (spec.Grpo.Algorithm.GroupSize, spec.Grpo.Algorithm.PromptsPerStep) = (GroupSize, options.PerStep / GroupSize);
        string name = (await jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: cancellationToken)).Job.Name;
        int steps = options.Completions / options.PerStep;
        await SeedAsync(settings, name, steps, options, cancellationToken);
        await MeasureAsync(jobs, name, steps, options, cancellationToken);
        await ReplayAsync(server.Addresses[0], name, folder, options, cancellationToken);
        await server.StopAsync(CancellationToken.None);
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task SeedAsync(HostSettings settings, string name, int steps, RolloutQueryOptions options, CancellationToken cancellationToken)
    {
        await using JobStore store = StoreFactory.Open(settings.Store!, TimeProvider.System);
        JobLease lease = (await store.Leases.ClaimAsync(new JobId(name["jobs/".Length..]), "seed", TimeSpan.FromHours(10), cancellationToken))!; // nobody else takes it
        FileRolloutFiles files = new(settings.Data);
        List<double> milliseconds = [];
        for (int step = 1; step <= steps; step++)
        {
            StepRollouts rollouts = new(step, ["low"], [.. Enumerable.Range(0, options.PerStep).Select(number => Row(step, number))], null);
            long start = Stopwatch.GetTimestamp();
            string file = files.Write(lease, rollouts);
            await store.Rollouts.RecordAsync(lease, new RolloutEntry(step, file, RolloutColumns.Of(rollouts)), 1, cancellationToken);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        milliseconds.Sort();
        ServiceBenchmark.Print(new { benchmark = "service-rollouts", options.Store, what = "write of a step", completions = options.PerStep, p50_ms = Math.Round(milliseconds[steps / 2], 1), p95_ms = Math.Round(milliseconds[steps * 95 / 100], 1) });
    }

    /// <summary>Rewards rise slowly and are spread widely, as in training; "needle" is in one completion of ten thousand.</summary>
    private static RolloutRecord Row(int step, int number)
    {
        Random random = new(HashCode.Combine(step, number, 17));
        string text = string.Join(' ', Enumerable.Range(0, Words).Select(_ => Vocabulary[random.Next(Vocabulary.Length)]));
        double reward = random.NextDouble();
        return new RolloutRecord
        {
            Step = step,
            Number = number,
            Group = number / GroupSize,
            Prompt = new StoredPrompt(number / GroupSize, $"What is the sum of {number / GroupSize} and {step}? Explain it word by word.", null, "42"),
            PromptText = $"What is the sum of {number / GroupSize} and {step}? Explain it word by word.",
            PromptTokenIds = [.. Enumerable.Range(0, PromptTokens).Select(_ => random.Next(50_000))],
            Completion = random.Next(10_000) == 0 ? $"{text} needle" : text,
            CompletionTokenIds = [.. Enumerable.Range(0, CompletionTokens).Select(_ => random.Next(50_000))],
            TokenCount = 1 + random.Next(512),
            Scores = [random.Next(5) == 0 ? 1 : 0],
            Reward = reward,
            Advantage = reward - 0.5,
            FinishReason = RolloutColumns.FinishReasons[random.Next(10) == 0 ? 2 : 0],
            LogProbs = new(-random.NextDouble(), -3, 0.01),
            PolicyStep = step - 1,
        };
    }

    private static async Task MeasureAsync(JobService.JobServiceClient jobs, string name, int steps, RolloutQueryOptions options, CancellationToken cancellationToken)
    {
        Random random = new(3);
        (string What, Func<RolloutFilter> Filter)[] kinds =
        [
            ("first page", () => new RolloutFilter()),
            ("steps", () => new RolloutFilter { FromStep = random.Next(1, steps), ToStep = steps }),
            ("reward in the upper tenth", () => new RolloutFilter { FromStep = random.Next(1, steps), MinReward = 0.9 }),
            ("reward, one in 100,000", () => new RolloutFilter { MinReward = 1 - 1e-5 }),
            ("reward and length, none", () => new RolloutFilter { MinReward = 0.99, MaxAdvantage = 0.1, MaxTokens = 20 }),
            ("length", () => new RolloutFilter { MinTokens = 500, FromStep = random.Next(1, steps) }),
            ("score and finish reason", () => new RolloutFilter { Scores = { new ScoreRange { Source = "low", Min = 1 } }, FinishReasons = { "length" }, FromStep = random.Next(1, steps) }),
            ("text, one in 80", () => new RolloutFilter { CompletionText = $"{Vocabulary[random.Next(5000)]} ", FromStep = random.Next(1, steps) }),
            ("text, one in 10,000", () => new RolloutFilter { CompletionText = "NEEDLE", FromStep = random.Next(1, steps) }),
            ("text and reward", () => new RolloutFilter { CompletionText = "needle", MinReward = 0.5, FromStep = random.Next(1, steps) }),
            ("text that is nowhere", () => new RolloutFilter { CompletionText = "nowhere", FromStep = random.Next(1, steps) }),
        ];
        foreach ((string what, Func<RolloutFilter> filter) in kinds)
        {
            await PrintAsync(what, options, async () => (await jobs.ListRolloutsAsync(new ListRolloutsRequest { Name = name, Filter = filter() }, cancellationToken: cancellationToken)).Rollouts.Count);
        }

        await PrintAsync("one rollout", options, async () =>
        {
            await jobs.GetRolloutAsync(new GetRolloutRequest { Name = name, Step = random.Next(1, steps), Number = random.Next(options.PerStep) }, cancellationToken: cancellationToken);
            return 1;
        });

        long start = Stopwatch.GetTimestamp();
        ListRolloutsRequest search = new() { Name = name, Filter = new RolloutFilter { CompletionText = "nowhere" } };
        int calls = 0;
        do
        {
            search.PageToken = (await jobs.ListRolloutsAsync(search, cancellationToken: cancellationToken)).NextPageToken;
            calls++;
        }
        while (search.PageToken.Length > 0);

        ServiceBenchmark.Print(new { benchmark = "service-rollouts", options.Store, what = "search of all texts", options.Completions, calls, seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1) });
    }

    private static async Task PrintAsync(string what, RolloutQueryOptions options, Func<Task<int>> ask)
    {
        List<TimeSpan> latencies = [];
        long found = 0;
        for (int call = -options.Calls / 10; call < options.Calls; call++)
        {
            long start = Stopwatch.GetTimestamp();
            found += await ask();
            if (call >= 0)
            {
                latencies.Add(Stopwatch.GetElapsedTime(start));
            }
        }

        ServiceBenchmark.Print(new
        {
            benchmark = "service-rollouts",
            options.Store,
            what,
            options.Completions,
            options.PerStep,
            options.Calls,
            found_per_call = Math.Round(found / (options.Calls * 1.1), 1),
            p50_ms = ServiceBenchmark.Percentile(latencies, 0.5),
            p95_ms = ServiceBenchmark.Percentile(latencies, 0.95),
        });
    }

    private static async Task ReplayAsync(string address, string name, string folder, RolloutQueryOptions options, CancellationToken cancellationToken)
    {
        string rewards = Path.Combine(folder, "rewards.yaml");
        await File.WriteAllTextAsync(
            rewards,
            """
            grpo:
              model: .
              prompts: {inline: [{text: "x"}]}
              rewards:
                - {name: number, number_match: {}}
                - {name: pattern, regular_expression: {pattern: "w[0-9]+7 "}}
                - {name: brief, length: {}}
                - {name: varied, repetition: {}}

            """,
            cancellationToken);
        int steps = (10_000 + options.PerStep - 1) / options.PerStep;
        long start = Stopwatch.GetTimestamp();
        using AlignProcess replay = AlignProcess.Start(options.Program, address, "rollouts", "replay", name, "--rewards", rewards, "--to", steps.ToString(CultureInfo.InvariantCulture), "--json", "--output", Path.Combine(folder, "replayed.jsonl"));
        await replay.RequireSuccessAsync(cancellationToken);
        ServiceBenchmark.Print(new { benchmark = "service-rollouts", options.Store, what = "replay", completions = steps * options.PerStep, rewards = 4, seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1) });
    }
}

/// <param name="Store">sqlite or postgresql.</param>
/// <param name="Completions">Rollouts of the job.</param>
/// <param name="PerStep">Rollouts of one step.</param>
/// <param name="Calls">Of each question.</param>
/// <param name="Program">The program align.</param>
internal sealed record RolloutQueryOptions(string Store, int Completions, int PerStep, int Calls, string Program);
