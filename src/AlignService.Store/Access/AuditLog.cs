using AlignService.Store.Sql;

namespace AlignService.Store.Access;

/// <summary>Who did what, kept before the caller gets the answer. Entries of calls at the same time are written in one transaction.</summary>
public sealed class AuditLog : IDisposable
{
    private const string Insert =
        """
        INSERT INTO audit_entries (entry_id, entry_time, caller, project, method, resource, status, peer)
        VALUES (@id, @time, @caller, @project, @method, @resource, @status, @peer)
        """;

    private readonly SqlTransactions _transactions;
    private readonly GroupCommit<AuditEntry, bool> _group;

    internal AuditLog(SqlTransactions transactions)
    {
        _transactions = transactions;
        _group = new GroupCommit<AuditEntry, bool>(transactions, WriteAsync);
    }

    public void Dispose() => _group.Dispose();

    /// <summary>Returns once the entry is durable.</summary>
    public Task AppendAsync(AuditEntry entry, CancellationToken cancellationToken) => _group.WriteAsync(entry, cancellationToken);

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        List<string> conditions = [];
        List<(string, object?)> parameters = [("limit", query.Limit)];
        Add("project = @project", "project", query.Project);
        Add("caller = @caller", "caller", query.Caller);
        Add("resource = @resource", "resource", query.Resource);
        Add("entry_id < @before", "before", query.Before);
        string where = conditions.Count > 0 ? $"WHERE {string.Join(" AND ", conditions)} " : "";
        return await _transactions.ReadAsync(
            session => session.QueryAsync(
                $"SELECT entry_id, entry_time, caller, project, method, resource, status, peer FROM audit_entries {where}ORDER BY entry_id DESC LIMIT @limit",
                row => new AuditEntry(row.GetString(0), row.GetInt64(1).ToTime(), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7)),
                [.. parameters]),
            cancellationToken);

        void Add(string condition, string name, string? value)
        {
            if (value is not null)
            {
                conditions.Add(condition);
                parameters.Add((name, value));
            }
        }
    }

    private static async Task<IReadOnlyList<Action>> WriteAsync(SqlSession session, IReadOnlyList<GroupCommit<AuditEntry, bool>.Request> batch)
    {
        foreach (AuditEntry entry in batch.Select(request => request.Item))
        {
            await session.ExecuteAsync(
                Insert,
                ("id", entry.Id),
                ("time", entry.Time.ToMicroseconds()),
                ("caller", entry.Caller),
                ("project", entry.Project),
                ("method", entry.Method),
                ("resource", entry.Resource),
                ("status", entry.Status),
                ("peer", entry.Peer));
        }

        return [.. batch.Select(request => (Action)(() => request.Answer.TrySetResult(true)))];
    }
}

/// <summary>One call.</summary>
/// <param name="Id">Rises with time.</param>
/// <param name="Time">When it ended.</param>
/// <param name="Caller">Who called.</param>
/// <param name="Project">Resource name of the project in which the call acted.</param>
/// <param name="Method">Full name of the method.</param>
/// <param name="Resource">What it was about; empty for nothing that has a name.</param>
/// <param name="Status">The gRPC status in capitals.</param>
/// <param name="Peer">The client's address.</param>
public sealed record AuditEntry(string Id, DateTimeOffset Time, string Caller, string Project, string Method, string Resource, string Status, string Peer)
{
    public static string NewId(DateTimeOffset time) => Guid.CreateVersion7(time).ToString("N");
}

/// <summary>Which entries are asked for; null asks for all.</summary>
public sealed record AuditQuery(int Limit, string? Project = null, string? Caller = null, string? Resource = null, string? Before = null);
