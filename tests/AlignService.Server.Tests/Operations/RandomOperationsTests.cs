using System.Collections.Concurrent;
using System.Globalization;
using AlignService.Server.Tests.Fixtures;
using AlignService.Testing;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Operations;

/// <summary>Four clients do what comes to their minds, while two workers run and lose jobs: whatever the order, what is stored afterwards fits together. ALIGN_OPERATIONS_SEED chooses another course.</summary>
public sealed class RandomOperationsTests(ITestOutputHelper output)
{
    private const int Clients = 4, Operations = 100, Workers = 2;

    /// <summary>A deadline is the client's own: it waits for a worker that has other things to do.</summary>
    private static readonly StatusCode[] Expected =
        [StatusCode.OK, StatusCode.NotFound, StatusCode.FailedPrecondition, StatusCode.AlreadyExists, StatusCode.InvalidArgument, StatusCode.Aborted, StatusCode.DeadlineExceeded];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Whatever_four_clients_do_the_store_is_consistent(string store)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ALIGN_OPERATIONS_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 1;
        await using PostgresCluster? postgres = store == "postgresql" ? await PostgresCluster.StartAsync(Cancel) : null;
        await using TestServer server = await TestServer.StartAsync(settings => settings with { Store = postgres?.Connection }, Cancel);
        ConcurrentQueue<string> jobs = [];
        ConcurrentBag<(string Operation, StatusCode Code)> outcomes = [];
        using var done = new CancellationTokenSource();
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(i => Task.Run(() => new RandomWorker(server, $"worker-{i}", new Random(seed + 100 + i)).RunAsync(done.Token), Cancel))];

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(
            async () =>
            {
                RandomClient client = new(server, jobs, new Random(seed + i));
                for (int operation = 0; operation < Operations / Clients; operation++)
                {
                    outcomes.Add(await client.ActAsync(Cancel));
                }
            },
            Cancel)));
        await done.CancelAsync();
        await Task.WhenAll(workers);

        foreach (IGrouping<string, (string Operation, StatusCode Code)> same in outcomes.GroupBy(outcome => $"{outcome.Operation} {outcome.Code}").OrderBy(same => same.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{same.Key}: {same.Count()}");
        }

        Assert.Equal(Operations, outcomes.Count);
        Assert.All(outcomes, outcome => Assert.True(Expected.Contains(outcome.Code), $"{outcome.Operation} ended with {outcome.Code}"));
        Assert.True(outcomes.Where(outcome => outcome.Code == StatusCode.OK).Select(outcome => outcome.Operation).Distinct().Count() >= 8, "too few operations of different kinds were carried out to prove anything");
        IReadOnlyList<string> faults = await new StoreChecker(server, [.. jobs.Distinct()]).FindFaultsAsync(Cancel);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
