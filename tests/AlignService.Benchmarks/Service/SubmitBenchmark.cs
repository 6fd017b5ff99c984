using System.Collections.Concurrent;
using System.Diagnostics;
using AlignService.Contracts.V1;
using Npgsql;

namespace AlignService.Benchmarks.Service;

/// <summary>Jobs submitted a second, each checked in full and committed, while many are queued.</summary>
internal static class SubmitBenchmark
{
    /// <summary>A server runs for weeks: what is measured is not how its first requests are compiled.</summary>
    private const int WarmUp = 3000;

    public static async Task RunAsync(int queued, int submits, int clients, CancellationToken cancellationToken)
    {
        await using LoadedServer server = await LoadedServer.StartAsync(cancellationToken);
        await server.SeedAsync(queued, ["queued"], cancellationToken);
        await RunAsync(server, WarmUp, clients, cancellationToken);
        (double seconds, IReadOnlyCollection<TimeSpan> latencies) = await RunAsync(server, submits, clients, cancellationToken);
        await using NpgsqlDataSource source = server.OpenSource();
        TimeSpan[] commits = await CommitsAsync(source, 300, cancellationToken);
        ServiceBenchmark.Print(new
        {
            benchmark = "service-submit",
            queued,
            submits,
            clients,
            per_second = Math.Round(submits / seconds, 1),
            p50_ms = ServiceBenchmark.Percentile(latencies, 0.5),
            p99_ms = ServiceBenchmark.Percentile(latencies, 0.99),
            bare_insert_per_second_one_client = Math.Round(commits.Length / commits.Sum(commit => commit.TotalSeconds), 1),
            queued_after = await server.SelectAsync<long>("SELECT COUNT(*) FROM jobs WHERE state = 'queued'", cancellationToken),
        });
    }

    private static async Task<(double Seconds, IReadOnlyCollection<TimeSpan> Latencies)> RunAsync(LoadedServer server, int count, int clients, CancellationToken cancellationToken)
    {
        ConcurrentBag<TimeSpan> latencies = [];
        long start = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = clients, CancellationToken = cancellationToken }, async (i, token) =>
        {
            long sent = Stopwatch.GetTimestamp();
            await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = LoadedServer.Spec(i) }, cancellationToken: token);
            latencies.Add(Stopwatch.GetElapsedTime(sent));
        });
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, latencies);
    }

    /// <summary>What one row costs in the same minute: the disk's and the machine's part.</summary>
    private static async Task<TimeSpan[]> CommitsAsync(NpgsqlDataSource source, int count, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand create = source.CreateCommand("CREATE TABLE bare (id BIGSERIAL PRIMARY KEY, body TEXT)");
        await create.ExecuteNonQueryAsync(cancellationToken);
        var commits = new TimeSpan[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await using NpgsqlCommand insert = source.CreateCommand("INSERT INTO bare (body) VALUES (repeat('x', 2000))");
            await insert.ExecuteNonQueryAsync(cancellationToken);
            commits[i] = Stopwatch.GetElapsedTime(start);
        }

        return commits;
    }
}
