using AlignService.Jobs.Ports;
using AlignService.Store.Sql;
using Npgsql;

namespace AlignService.Store;

/// <summary>Opens the store of a connection string.</summary>
public static class StoreFactory
{
    /// <param name="connection">
    /// sqlite:PATH or a plain path; postgres://user:password@host:port/database (or postgresql://); or an Npgsql key=value string with Host.
    /// </param>
    /// <param name="time">The clock of leases and records.</param>
    /// <exception cref="StoreException">The string names neither database.</exception>
    public static JobStore Open(string connection, TimeProvider time) => new JobStore(DialectOf(connection.Trim(), time), time);

    private static ISqlDialect DialectOf(string connection, TimeProvider time)
    {
        if (connection.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase) && connection.Length > "sqlite:".Length)
        {
            return new SqliteDialect(connection["sqlite:".Length..], time);
        }

        if (connection.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || connection.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase))
        {
            return Postgres(PostgresUri.ToConnectionString(connection), time);
        }

        if (connection.Contains('='))
        {
            return Postgres(connection, time);
        }

        bool isPath = connection.Length > 0 && !connection.Contains("://", StringComparison.Ordinal) && !connection.EndsWith(':');
        return isPath ? new SqliteDialect(connection, time) : throw new StoreException(
            $"store is '{connection}'; it must be a path or sqlite:PATH (SQLite), or postgres://user:password@host:port/database or Host=...;Database=... (PostgreSQL).");
    }

    private static PostgresDialect Postgres(string keyValues, TimeProvider time)
    {
        try
        {
            if (string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(keyValues).Host))
            {
                throw new StoreException("store is a key=value string without Host; write Host=...;Database=...;Username=...;Password=..., or sqlite:PATH for SQLite.");
            }

            return new PostgresDialect(keyValues, time);
        }
        catch (ArgumentException exception)
        {
            // The text may hold a password: it is not repeated.
            throw new StoreException($"store cannot be read as a PostgreSQL connection: {exception.Message}; write Host=...;Database=..., or sqlite:PATH for SQLite.", exception);
        }
    }
}
