using AlignService.Store.Changes;

namespace AlignService.Store.Sql;

/// <summary>What the two databases do differently.</summary>
internal interface ISqlDialect : IAsyncDisposable
{
    /// <summary>Appended to a SELECT of jobs `j`: its row is ours until the transaction ends.</summary>
    string LockRow { get; }

    /// <summary>As <see cref="LockRow"/>, but passes over rows that another transaction holds.</summary>
    string LockFreeRows { get; }

    /// <summary>Tells other processes of changes.</summary>
    IChangeSource Changes { get; }

    /// <summary>What must be so before the first transaction.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    Task<SqlSession> BeginReadAsync(CancellationToken cancellationToken);

    Task<SqlSession> BeginWriteAsync(CancellationToken cancellationToken);

    /// <summary>Lets one process at a time migrate, until the transaction ends.</summary>
    Task LockSchemaAsync(SqlSession session);

    /// <summary>Tells the followers in other processes, when the transaction commits.</summary>
    Task NotifyAsync(SqlSession session);
}
