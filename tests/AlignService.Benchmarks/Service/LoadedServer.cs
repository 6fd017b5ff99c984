using AlignService.Contracts.V1;
using AlignService.Server;
using AlignService.Server.Hosting;
using AlignService.Specs.Resources;
using AlignService.Store;
using AlignService.Testing;
using Grpc.Net.Client;
using Npgsql;

namespace AlignService.Benchmarks.Service;

/// <summary>A server in this process on a PostgreSQL of its own, with a small model in its data root.</summary>
internal sealed class LoadedServer : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;
    private readonly AlignServer _server;
    private readonly string _folder;

    private LoadedServer(PostgresCluster cluster, AlignServer server, string folder)
    {
        _cluster = cluster;
        _server = server;
        _folder = folder;
        Channel = GrpcChannel.ForAddress(Address);
        Jobs = new JobService.JobServiceClient(Channel);
        Store = StoreFactory.Open(cluster.Connection, TimeProvider.System);
    }

    public string Address => _server.Addresses[0];

    public GrpcChannel Channel { get; }

    public JobService.JobServiceClient Jobs { get; }

    /// <summary>As another process would have it.</summary>
    public JobStore Store { get; }

    /// <summary>The model that trains in the demo.</summary>
    public static JobSpec Spec(int number) => new()
    {
        DisplayName = ServiceBenchmark.Name(number),
        Grpo = new GrpoJob
        {
            Model = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy"),
            Prompts = new PromptSource { Inline = { new Prompt { Text = "sort ejcmd:" }, new Prompt { Text = "sort kjhdn:" } } },
            Rewards = { new RewardSource { Name = "low", RegularExpression = new RegularExpressionReward { Pattern = "^[a-e]" } } },
            Algorithm = new GrpoAlgorithm { Steps = 10, PromptsPerStep = 2, GroupSize = 4 },
            Sampling = new SamplingSettings { MaxCompletionLength = 12 },
        },
    };

    public static async Task<LoadedServer> StartAsync(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("align-service-").FullName;
        PostgresCluster cluster = await PostgresCluster.StartAsync(cancellationToken, durable: true);
        var settings = new HostSettings
        {
            Listen = ["http://127.0.0.1:0"],
            Data = folder,
            Roots = ["/"],
            Workers = 0,
            Store = cluster.Connection,
            MaxQueuedJobs = 1_000_000,
            LogFormat = LogFormat.None,
        };
        return new LoadedServer(cluster, await AlignServer.StartAsync(settings, cancellationToken), folder);
    }

    /// <summary>Copies of one job that was submitted, written by SQL: so many that submitting them would take hours.</summary>
    /// <param name="count">How many.</param>
    /// <param name="states">Which the copies take in turn.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task SeedAsync(int count, string[] states, CancellationToken cancellationToken)
    {
        string name = (await Jobs.CreateJobAsync(new CreateJobRequest { Spec = Spec(0) }, cancellationToken: cancellationToken)).Job.Name;
        await ExecuteAsync(
            """
            INSERT INTO jobs (id, spec, state, create_time, update_time, total_steps)
            SELECT 'seed-' || to_char(n, 'FM0000000'), j.spec, ($3::text[])[1 + n % array_length($3::text[], 1)], j.create_time - n * 1000, j.update_time, 10
            FROM jobs j, generate_series(1, $2) n WHERE j.id = $1
            """,
            cancellationToken,
            JobId.TryParseResourceName(name, out JobId id) ? id.Value : name,
            count - 1,
            states);
        await ExecuteAsync("ANALYZE", cancellationToken);
    }

    public async Task<T> SelectAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_cluster.Connection);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!; // a scalar of a row that is there
    }

    /// <summary>For bare statements beside the server's.</summary>
    public NpgsqlDataSource OpenSource() => NpgsqlDataSource.Create(_cluster.Connection);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await Store.DisposeAsync();
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_cluster.Connection);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
