using AlignService.Store.Tests.Databases;
using AlignService.Testing;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace AlignService.Store.Tests.Databases;

/// <summary>A private PostgreSQL, or the server that ALIGN_TEST_POSTGRES names; started by the first test that asks.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private PostgresCluster? _cluster;

    /// <summary>A connection text with an empty schema of its own; skips the test where there is no PostgreSQL.</summary>
    public async Task<string> NewSchemaAsync(CancellationToken cancellationToken)
    {
        string server = await ConnectionAsync(cancellationToken);
        string schema = $"t_{Guid.NewGuid():N}";
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(server);
        await using NpgsqlCommand command = source.CreateCommand($"CREATE SCHEMA {schema}");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new NpgsqlConnectionStringBuilder(server) { SearchPath = schema }.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _starting.Dispose();
    }

    private async Task<string> ConnectionAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("ALIGN_TEST_POSTGRES") is { Length: > 0 } given)
        {
            return given;
        }

        await _starting.WaitAsync(cancellationToken);
        try
        {
            return (_cluster ??= await PostgresCluster.StartAsync(cancellationToken)).Connection;
        }
        finally
        {
            _starting.Release();
        }
    }
}
