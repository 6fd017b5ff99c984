using System.Data.Common;
using System.Globalization;
using System.Reflection;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Store.Sql;

/// <summary>Migrates the schema forward, one numbered file after the other, in one transaction. Never backward.</summary>
internal sealed class Migrator(ISqlDialect dialect, TimeProvider time)
{
    private const string CreateTable =
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number INTEGER NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            applied_time BIGINT NOT NULL
        )
        """;

    private const string Insert = "INSERT INTO schema_migrations (number, name, applied_time) VALUES (@number, @name, @now)";

    /// <exception cref="StoreStorageException">The database's disk is full, failing or read-only.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await MigrateOnceAsync(cancellationToken);
        }
        catch (DbException exception) when (dialect.IsStorageFault(exception))
        {
            throw new StoreStorageException($"the database cannot be written: {exception.Message}", exception);
        }
    }

    private async Task MigrateOnceAsync(CancellationToken cancellationToken)
    {
        await dialect.PrepareAsync(cancellationToken);
        await using SqlSession session = await dialect.BeginWriteAsync(cancellationToken);
        await dialect.LockSchemaAsync(session);
        await session.ExecuteAsync(CreateTable);
        List<int> applied = await session.QueryAsync("SELECT number FROM schema_migrations ORDER BY number", row => row.GetInt32(0));

        List<Migration> known = Known();
        if (applied.Count > 0 && applied[^1] > known[^1].Number)
        {
            throw new StoreException(
                $"the database is at migration {applied[^1]}, but this program only knows up to {known[^1].Number}; use the version that last used the database, or a newer one.");
        }

        foreach (Migration migration in known.Where(migration => !applied.Contains(migration.Number)))
        {
            await migration.Apply(session);
            await session.ExecuteAsync(Insert, ("number", migration.Number), ("name", migration.Name), ("now", time.GetUtcNow().ToMicroseconds()));
        }

        await session.CommitAsync();
    }

    /// <summary>The embedded files NNNN_name.sql, and migrations in code, by number.</summary>
    private static List<Migration> Known()
    {
        Assembly assembly = typeof(Migrator).Assembly;
        IEnumerable<Migration> scripts = assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new Migration(int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), name, session => session.ExecuteAsync(Read(assembly, name))))
            .Select(migration => migration.Number == 13 ? migration with { Apply = session => IndexSpecsAsync(session, migration.Apply) } : migration);
        return
        [
            .. scripts
                .Append(new Migration(3, "0003_specs_in_the_names_of_the_wire", RewriteSpecsAsync))
                .Append(new Migration(5, "0005_inline_data_moves", MoveInlineDataAsync))
                .Append(new Migration(11, "0011_sources_of_earlier_jobs", RecordSourcesAsync))
                .OrderBy(migration => migration.Number),
        ];
    }

    /// <summary>Specs used to be stored with the names of this program's records; now they are the wire's JSON.</summary>
    private static async Task RewriteSpecsAsync(SqlSession session)
    {
        List<(string Id, string Spec)> stored = await session.QueryAsync("SELECT id, spec FROM jobs", row => (row.GetString(0), row.GetString(1)));
        foreach ((string id, string spec) in stored)
        {
            await session.ExecuteAsync("UPDATE jobs SET spec = @spec WHERE id = @id", ("spec", JobSpecWire.UpToDate(spec)), ("id", id));
        }
    }

    /// <summary>Inline rows leave `jobs.spec`, which is read with every change of a job.</summary>
    private static async Task MoveInlineDataAsync(SqlSession session)
    {
        foreach (string id in await session.QueryAsync("SELECT id FROM jobs", row => row.GetString(0)))
        {
            string spec = (await session.QueryAsync("SELECT spec FROM jobs WHERE id = @id", row => row.GetString(0), ("id", id))).Single();
            string brief = JobSpecWire.Brief(JobSpecWire.FromJson(spec)).Json;
            if (brief != spec)
            {
                await session.ExecuteAsync("INSERT INTO job_specs (job_id, spec) VALUES (@id, @spec)", ("id", id), ("spec", spec));
                await session.ExecuteAsync("UPDATE jobs SET spec = @spec WHERE id = @id", ("spec", brief), ("id", id));
            }
        }
    }

    /// <summary>What lists are filtered by moves out of the specs of the jobs that are there.</summary>
    private static async Task IndexSpecsAsync(SqlSession session, Func<SqlSession, Task> change)
    {
        await change(session);
        foreach ((string id, string json) in await session.QueryAsync("SELECT id, spec FROM jobs", row => (row.GetString(0), row.GetString(1))))
        {
            JobSpec spec = JobSpecWire.FromJson(json);
            await session.ExecuteAsync("UPDATE jobs SET kind = @kind, search_name = @name WHERE id = @id", ("id", id), ("kind", JobSpecWire.NameOf(spec.Kind)), ("name", spec.DisplayName.ToLowerInvariant().ToSearchable()));
            foreach ((string key, string value) in spec.Labels)
            {
                await session.ExecuteAsync("INSERT INTO job_labels (job_id, label_key, label_value) VALUES (@id, @key, @value)", ("id", id), ("key", key.ToSearchable()), ("value", value.ToSearchable()));
            }
        }
    }

    /// <summary>Jobs that were created before their sources were recorded.</summary>
    private static async Task RecordSourcesAsync(SqlSession session)
    {
        foreach ((string id, string spec) in await session.QueryAsync("SELECT id, spec FROM jobs", row => (row.GetString(0), row.GetString(1))))
        {
            foreach (string source in JobSources.Of(JobSpecWire.FromJson(spec)))
            {
                await session.ExecuteAsync(
                    "INSERT INTO job_sources (job_id, source, source_job) VALUES (@id, @source, @job)", ("id", id), ("source", source), ("job", ModelReference.Parse(source).JobId?.Value));
            }
        }
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private sealed record Migration(int Number, string Name, Func<SqlSession, Task> Apply);
}
