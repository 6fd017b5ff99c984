using System.Data.Common;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Access;

/// <summary>Projects and API keys.</summary>
public sealed class AccessStore
{
    private const int Most = 1000;

    private const string KeyColumns =
        "k.id, k.project, k.display_name, k.role, k.secret_sha256, k.create_time, k.expire_time, k.revoke_time, k.last_use_time, k.requests_per_minute";

    private const string InsertKey =
        """
        INSERT INTO api_keys (id, project, display_name, role, secret_sha256, create_time, expire_time, requests_per_minute)
        VALUES (@id, @project, @name, @role, @hash, @now, @expires, @limit)
        """;

    private readonly SqlTransactions _transactions;

    internal AccessStore(SqlTransactions transactions) => _transactions = transactions;

    /// <summary>False where there is one of this name.</summary>
    public Task<bool> CreateProjectAsync(ProjectId id, CancellationToken cancellationToken) => _transactions.WriteAsync(
        async session => await session.ExecuteAsync(
            "INSERT INTO projects (id, create_time) VALUES (@id, @now) ON CONFLICT DO NOTHING", ("id", id.Value), ("now", _transactions.Now().ToMicroseconds())) == 1,
        cancellationToken);

    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<StoredProject>> ListProjectsAsync(CancellationToken cancellationToken) => await _transactions.ReadAsync(
        session => session.QueryAsync(
            "SELECT id, create_time FROM projects ORDER BY id LIMIT @most", row => new StoredProject(new ProjectId(row.GetString(0)), row.GetInt64(1).ToTime()), ("most", Most)),
        cancellationToken);

    public async Task<StoredProject?> FindProjectAsync(ProjectId id, CancellationToken cancellationToken) => await _transactions.ReadAsync(
        async session => (await session.QueryAsync(
            "SELECT id, create_time FROM projects WHERE id = @id", row => new StoredProject(new ProjectId(row.GetString(0)), row.GetInt64(1).ToTime()), ("id", id.Value))).SingleOrDefault(),
        cancellationToken);

    /// <summary>A new key and its secret, which is not kept.</summary>
    public async Task<(ApiKey Key, ApiKeySecret Secret)> CreateKeyAsync(NewApiKey key, CancellationToken cancellationToken)
    {
        ApiKeySecret secret = ApiKeySecret.New();
        ApiKey created = await _transactions.WriteAsync(
            async session =>
            {
                DateTimeOffset now = _transactions.Now();
                await session.ExecuteAsync(
                    InsertKey,
                    ("id", secret.KeyId),
                    ("project", key.Project?.Value),
                    ("name", key.DisplayName),
                    ("role", key.Role.ToString().ToLowerInvariant()),
                    ("hash", secret.Sha256),
                    ("now", now.ToMicroseconds()),
                    ("expires", key.Lifetime is { } lifetime ? (now + lifetime).ToMicroseconds() : null),
                    ("limit", key.RequestsPerMinute));
                return (await FindKeyAsync(session, secret.KeyId))!; // written above
            },
            cancellationToken);
        return (created, secret);
    }

    public Task<ApiKey?> FindKeyAsync(string id, CancellationToken cancellationToken) => _transactions.ReadAsync(session => FindKeyAsync(session, id), cancellationToken);

    /// <summary>Newest first; of a project, or for null the operators'.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListKeysAsync(ProjectId? project, CancellationToken cancellationToken) => await _transactions.ReadAsync(
        session => session.QueryAsync(
            $"SELECT {KeyColumns} FROM api_keys k WHERE {(project is null ? "k.project IS NULL" : "k.project = @project")} ORDER BY k.create_time DESC, k.id LIMIT @most",
            ReadKey,
            [("most", Most), .. project is { } one ? [("project", (object?)one.Value)] : ((string, object?)[])[]]),
        cancellationToken);

    /// <summary>Whether any key can be used now.</summary>
    public async Task<bool> HasValidKeyAsync(CancellationToken cancellationToken) => await _transactions.ReadAsync(
        async session => (await session.QueryAsync(
            "SELECT 1 FROM api_keys WHERE revoke_time IS NULL AND (expire_time IS NULL OR expire_time > @now) LIMIT 1", _ => true, ("now", _transactions.Now().ToMicroseconds()))).Count > 0,
        cancellationToken);

    /// <summary>The revoked key; null where there is none. A second time changes nothing.</summary>
    public Task<ApiKey?> RevokeKeyAsync(string id, CancellationToken cancellationToken) => _transactions.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("UPDATE api_keys SET revoke_time = @now WHERE id = @id AND revoke_time IS NULL", ("id", id), ("now", _transactions.Now().ToMicroseconds()));
            return await FindKeyAsync(session, id);
        },
        cancellationToken);

    /// <summary>Notes that a key was used in this minute.</summary>
    public Task NoteUseAsync(string id, CancellationToken cancellationToken)
    {
        long minute = _transactions.Now().ToMicroseconds() / 60_000_000 * 60_000_000;
        return _transactions.WriteAsync(
            session => session.ExecuteAsync("UPDATE api_keys SET last_use_time = @minute WHERE id = @id AND (last_use_time IS NULL OR last_use_time < @minute)", ("id", id), ("minute", minute)),
            cancellationToken);
    }

    private static async Task<ApiKey?> FindKeyAsync(SqlSession session, string id) =>
        (await session.QueryAsync($"SELECT {KeyColumns} FROM api_keys k WHERE k.id = @id", ReadKey, ("id", id))).SingleOrDefault();

    private static ApiKey ReadKey(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Project = row.IsDBNull(1) ? null : new ProjectId(row.GetString(1)),
        DisplayName = row.GetString(2),
        Role = Enum.TryParse(row.GetString(3), ignoreCase: true, out Role role) ? role : throw new StoreException($"the store has an API key with the role '{row.GetString(3)}', which this version does not know."),
        SecretSha256 = row.GetString(4),
        CreateTime = row.GetInt64(5).ToTime(),
        ExpireTime = ReadTime(row, 6),
        RevokeTime = ReadTime(row, 7),
        LastUseTime = ReadTime(row, 8),
        RequestsPerMinute = row.GetInt32(9),
    };

    private static DateTimeOffset? ReadTime(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column).ToTime();
}

/// <summary>A project as it is kept.</summary>
public sealed record StoredProject(ProjectId Id, DateTimeOffset CreateTime);

/// <summary>A key to be made.</summary>
/// <param name="Project">Null for an operator's key.</param>
/// <param name="DisplayName">For people.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Lifetime">Null: it does not expire.</param>
/// <param name="RequestsPerMinute">0: the server's limit.</param>
public sealed record NewApiKey(ProjectId? Project, string DisplayName, Role Role, TimeSpan? Lifetime = null, int RequestsPerMinute = 0);
