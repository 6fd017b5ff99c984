using System.CommandLine;
using System.Diagnostics;
using AlignService.Benchmarks.Service;
using AlignService.Contracts.V1;
using AlignService.Testing;
using Grpc.Core;

namespace AlignService.Benchmarks.Chaos;

/// <summary>
/// Kills worker, server and database while a job trains, at times drawn by a seed after a step that was drawn too, so that sampling, scoring, updates, staging, publishing and
/// commits are all hit; and compares each job with one that was left alone. One JSON line a job.
/// </summary>
internal static class ChaosBenchmark
{
    private const int Steps = 24;
    private const int KillsPerJob = 5;

    public static Command Command()
    {
        Option<int> kills = new("--kills") { Description = "How many.", DefaultValueFactory = _ => 60 };
        Option<bool> postgres = new("--postgres") { Description = "Over PostgreSQL, which is killed too, instead of SQLite." };
        Option<int> seed = new("--seed") { Description = "Draws steps, times and victims.", DefaultValueFactory = _ => 1 };
        Command command = new("chaos", "Kills worker, server and database in mid-job, and compares with a job that was left alone.") { kills, postgres, seed };
        command.SetAction((result, cancellation) => RunAsync(result.GetValue(kills), result.GetValue(postgres), result.GetValue(seed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int kills, bool postgres, int seed, CancellationToken cancellationToken)
    {
        await using ChaosService service = await ChaosService.StartAsync(postgres, cancellationToken);
        JobStory expected = await FollowAsync(service, [], cancellationToken);
        var random = new Random(seed);
        string[] victims = postgres ? ["worker", "worker", "server", "postgres"] : ["worker", "worker", "worker", "server"];
        int done = 0, equal = 0, jobs = 0;
        while (done < kills)
        {
            Kill[] planned = [.. Enumerable.Range(0, Math.Min(KillsPerJob, kills - done)).Select(_ => new Kill(random.Next(1, Steps), random.Next(0, 400), victims[random.Next(victims.Length)]))];
            long start = Stopwatch.GetTimestamp();
            JobStory story = await FollowAsync(service, planned, cancellationToken);
            string difference = expected.FirstDifference(story);
            int hit = planned.Count(kill => kill.Hit);
            jobs++;
            equal += difference.Length == 0 ? 1 : 0;
            done += Math.Max(1, hit);
            ServiceBenchmark.Print(new
            {
                benchmark = "chaos",
                store = postgres ? "postgres" : "sqlite",
                kills = string.Join(' ', planned.Where(kill => kill.Hit).Select(kill => $"{kill.Victim}@{kill.Step}+{kill.Milliseconds}ms")),
                equal = difference.Length == 0,
                difference,
                seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
            });
        }

        ServiceBenchmark.Print(new { benchmark = "chaos", store = postgres ? "postgres" : "sqlite", seed, kills = done, jobs, equal });
        return equal == jobs ? 0 : 1;
    }

    /// <summary>Runs a job to its end, with kills.</summary>
    private static async Task<JobStory> FollowAsync(ChaosService service, IReadOnlyList<Kill> kills, CancellationToken cancellationToken)
    {
        string name = (await ChaosService.AskAsync(() => service.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Spec() }, cancellationToken: cancellationToken), cancellationToken)).Job.Name;
        SortedDictionary<long, JobEvent> events = [];
        while (true)
        {
            try
            {
                using AsyncServerStreamingCall<WatchJobResponse> watch = service.Jobs.WatchJob(
                    new WatchJobRequest { Name = name, AfterCursor = events.Count == 0 ? 0 : events.Keys.Last() }, cancellationToken: cancellationToken);
                while (await watch.ResponseStream.MoveNext(cancellationToken))
                {
                    JobEvent item = watch.ResponseStream.Current.Event;
                    if (!events.TryAdd(item.Cursor, item))
                    {
                        throw new InvalidOperationException($"Event {item.Cursor} came twice.");
                    }

                    foreach (Kill kill in kills.Where(kill => !kill.Done && item.KindCase == JobEvent.KindOneofCase.Metrics && item.Step >= kill.Step))
                    {
                        kill.Done = true;
#pragma warning disable RS0030 // the moment of a kill is drawn, so that it falls into every phase of a step
                        await Task.Delay(kill.Milliseconds, cancellationToken);
#pragma warning restore RS0030
                        kill.Hit = await service.KillAsync(kill.Victim, cancellationToken);
                    }
                }
            }
            catch (RpcException exception) when (exception.StatusCode is not (StatusCode.NotFound or StatusCode.InvalidArgument))
            {
                // The server went with its stream; the next watch continues after the last event.
            }

            Job job = (await ChaosService.AskAsync(() => service.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: cancellationToken), cancellationToken)).Job;
            if (job.State is JobState.Succeeded && events.Values.Any(item => item.StateChanged?.To == JobState.Succeeded))
            {
                return events.Keys.SequenceEqual(Enumerable.Range(1, events.Count).Select(i => (long)i)) ? JobStory.Of(events.Values, job) : throw new InvalidOperationException("The cursors have gaps.");
            }

            if (job.State is JobState.Failed or JobState.Cancelled)
            {
                throw new InvalidOperationException($"{name} is {job.State}: {job.Failure}");
            }
        }
    }

    private static JobSpec Spec() => new()
    {
        DisplayName = "chaos",
        Seed = 11,
        Limits = new JobLimits { MaxRestarts = 1000 },
        Grpo = new GrpoJob
        {
            Model = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy"),
            Prompts = new PromptSource { Inline = { new Prompt { Text = "sort ejcmd:" }, new Prompt { Text = "sort kjhdn:" }, new Prompt { Text = "sort nhklj:" }, new Prompt { Text = "sort bafcz:" } } },
            EvaluationPrompts = new PromptSource { Inline = { new Prompt { Text = "sort gfeab:" }, new Prompt { Text = "sort zyxab:" } } },
            Rewards =
            {
                new RewardSource { Name = "low", RegularExpression = new RegularExpressionReward { Pattern = "^[a-e]" } },
                new RewardSource { Name = "brief", Weight = 0.5, Length = new LengthReward() },
            },
            Algorithm = new GrpoAlgorithm { Steps = Steps, PromptsPerStep = 2, GroupSize = 4 },
            Sampling = new SamplingSettings { MaxCompletionLength = 12 },
            Optimizer = new OptimizerSettings { LearningRate = 1e-4 },
            Evaluation = new EvaluationSettings { EverySteps = 4 },
            Checkpoint = new CheckpointSettings { EverySteps = 3 },
        },
    };

    /// <summary>One planned kill.</summary>
    private sealed record Kill(int Step, int Milliseconds, string Victim)
    {
        public bool Done { get; set; }

        public bool Hit { get; set; }
    }
}
