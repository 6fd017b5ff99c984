using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignService.Testing;

namespace AlignService.Benchmarks.Service;

/// <summary>How many jobs a server takes, lists and lets be watched, on a PostgreSQL that waits for the disk; one JSON line a result.</summary>
internal static class ServiceBenchmark
{
    public static IEnumerable<Command> Commands()
    {
        Option<int> queued = new("--queued") { Description = "Jobs that are queued before.", DefaultValueFactory = _ => 10_000 };
        Option<int> submits = new("--submits") { Description = "Jobs that are submitted.", DefaultValueFactory = _ => 4000 };
        Option<int> clients = new("--clients") { Description = "Calls at the same time.", DefaultValueFactory = _ => 64 };
        Command submit = new("service-submit", "Jobs submitted a second over gRPC while many are queued.") { queued, submits, clients };
        submit.SetAction((result, cancellation) => SubmitBenchmark.RunAsync(result.GetValue(queued), result.GetValue(submits), result.GetValue(clients), cancellation));
        yield return submit;

        Option<int> jobs = new("--jobs") { Description = "Jobs in the store.", DefaultValueFactory = _ => 100_000 };
        Option<int> calls = new("--calls") { Description = "Lists that are asked for.", DefaultValueFactory = _ => 1000 };
        Command list = new("service-list", "Latency of lists over gRPC, beside that of a bare SELECT.") { jobs, calls };
        list.SetAction((result, cancellation) => ListBenchmark.RunAsync(result.GetValue(jobs), result.GetValue(calls), cancellation));
        yield return list;

        Option<int> watchers = new("--watchers") { Description = "Streams of one job's events.", DefaultValueFactory = _ => 1000 };
        Option<int> deaf = new("--deaf") { Description = "Of these, how many are never read.", DefaultValueFactory = _ => 50 };
        Option<int> events = new("--events") { Description = "Events of the job.", DefaultValueFactory = _ => 300 };
        Command watch = new("service-watch", "Many watchers of one job: what each receives, and the server's memory.") { watchers, deaf, events };
        watch.SetAction((result, cancellation) => WatchBenchmark.RunAsync(result.GetValue(watchers), result.GetValue(deaf), result.GetValue(events), cancellation));
        yield return watch;

        Option<int> megabytes = new("--megabytes") { Description = "Size of the large file, in 10^6 bytes.", DefaultValueFactory = _ => 2000 };
        Option<int> interruptions = new("--interruptions") { Description = "How often each transfer's client is killed.", DefaultValueFactory = _ => 10 };
        Option<int> seed = new("--seed") { Description = "Of the file's bytes and of the moments.", DefaultValueFactory = _ => 13 };
        Option<string> program = new("--program")
        {
            Description = "The program align.",
            DefaultValueFactory = _ => Path.Combine(Repository.Root, "src", "AlignService.Cli", "bin", "Release", "net10.0", "linux-x64", "align"),
        };
        Command transfer = new("service-transfer", "A large model pushed and pulled by the program, whole and with clients that are killed; beside cp.") { megabytes, interruptions, seed, program };
        transfer.SetAction((result, cancellation) => TransferBenchmark.RunAsync(
            new TransferOptions(result.GetValue(program)!, result.GetValue(megabytes), result.GetValue(interruptions), result.GetValue(seed)), cancellation));
        yield return transfer;

        Option<string> store = new("--store") { Description = "sqlite or postgresql.", DefaultValueFactory = _ => "sqlite" };
        Option<int> completions = new("--completions") { Description = "Stored rollouts of the job.", DefaultValueFactory = _ => 1_000_000 };
        Option<int> perStep = new("--per-step") { Description = "Rollouts of a step.", DefaultValueFactory = _ => 512 };
        Option<int> questions = new("--calls") { Description = "Calls of each question.", DefaultValueFactory = _ => 100 };
        Command rollouts = new("service-rollouts", "Latency of questions about a job's rollouts over gRPC, and the time of a replay by the program.") { store, completions, perStep, questions, program };
        rollouts.SetAction((result, cancellation) => RolloutQueryBenchmark.RunAsync(
            new RolloutQueryOptions(result.GetValue(store)!, result.GetValue(completions), result.GetValue(perStep), result.GetValue(questions), result.GetValue(program)!), cancellation));
        yield return rollouts;
    }

    public static void Print(object result) => Console.Out.WriteLine(JsonSerializer.Serialize(result));

    /// <summary>In milliseconds.</summary>
    /// <param name="latencies">At least one.</param>
    /// <param name="share">0.5 is the median.</param>
    public static double Percentile(IEnumerable<TimeSpan> latencies, double share)
    {
        TimeSpan[] sorted = [.. latencies.Order()];
        return Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))].TotalMilliseconds, 2);
    }

    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"seed-{number:0000000}");
}
