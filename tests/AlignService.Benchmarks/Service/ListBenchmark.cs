using System.Diagnostics;
using AlignService.Contracts.V1;
using Npgsql;

namespace AlignService.Benchmarks.Service;

/// <summary>Latency of lists with many jobs in the store: first pages, later pages and lists of one state, beside a bare SELECT in the same run.</summary>
internal static class ListBenchmark
{
    private static readonly string[] States = ["succeeded", "succeeded", "failed", "queued", "cancelled", "succeeded"];

    public static async Task RunAsync(int jobs, int calls, CancellationToken cancellationToken)
    {
        await using LoadedServer server = await LoadedServer.StartAsync(cancellationToken);
        await server.SeedAsync(jobs, States, cancellationToken);
        await using NpgsqlDataSource source = server.OpenSource();
        string deep = await TokenAsync(server, jobs / 2, cancellationToken);
        (string What, Func<Task> Ask)[] kinds =
        [
            ("SELECT 1", () => SelectAsync(source, "SELECT 1", cancellationToken)),
            ("SELECT of 50 rows", () => SelectAsync(source, "SELECT * FROM jobs ORDER BY create_time DESC, id DESC LIMIT 50", cancellationToken)),
            ("first page", () => ListAsync(server, new ListJobsRequest(), cancellationToken)),
            ("page in the middle", () => ListAsync(server, new ListJobsRequest { PageToken = deep }, cancellationToken)),
            ("one state", () => ListAsync(server, new ListJobsRequest { States = { JobState.Failed } }, cancellationToken)),
            ("two states", () => ListAsync(server, new ListJobsRequest { States = { JobState.Queued, JobState.Running } }, cancellationToken)),
            ("one job", async () => await server.Jobs.GetJobAsync(new GetJobRequest { Name = $"jobs/{ServiceBenchmark.Name(jobs / 3)}" }, cancellationToken: cancellationToken)),
        ];
        foreach ((string what, Func<Task> ask) in kinds)
        {
            await MeasureAsync(ask, calls / 5);
            TimeSpan[] latencies = await MeasureAsync(ask, calls);
            ServiceBenchmark.Print(new { benchmark = "service-list", jobs, what, calls, p50_ms = ServiceBenchmark.Percentile(latencies, 0.5), p99_ms = ServiceBenchmark.Percentile(latencies, 0.99) });
        }
    }

    private static async Task<TimeSpan[]> MeasureAsync(Func<Task> ask, int count)
    {
        var latencies = new TimeSpan[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await ask();
            latencies[i] = Stopwatch.GetElapsedTime(start);
        }

        return latencies;
    }

    private static async Task ListAsync(LoadedServer server, ListJobsRequest request, CancellationToken cancellationToken)
    {
        ListJobsResponse page = await server.Jobs.ListJobsAsync(request, cancellationToken: cancellationToken);
        if (page.Jobs.Count != 50)
        {
            throw new InvalidOperationException($"The page has {page.Jobs.Count} jobs.");
        }
    }

    private static async Task SelectAsync(NpgsqlDataSource source, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            rows.GetValue(0);
        }
    }

    /// <summary>The token of the page that begins after this many jobs.</summary>
    private static async Task<string> TokenAsync(LoadedServer server, int after, CancellationToken cancellationToken)
    {
        string token = "";
        for (int passed = 0; passed < after; passed += 500)
        {
            token = (await server.Jobs.ListJobsAsync(new ListJobsRequest { PageSize = 500, PageToken = token }, cancellationToken: cancellationToken)).NextPageToken;
        }

        return token;
    }
}
