using System.Data.Common;
using AlignService.Store.Changes;

namespace AlignService.Store.Sql;

/// <summary>The differences between the two databases.</summary>
internal interface ISqlDialect : IAsyncDisposable
{
    /// <summary>Appended to a SELECT of jobs `j`: locks its row until the transaction ends.</summary>
    string LockRow { get; }

    /// <summary>As <see cref="LockRow"/>, but skips rows that another transaction has locked.</summary>
    string LockFreeRows { get; }

    /// <summary>Notifies other processes of changes.</summary>
    IChangeSource Changes { get; }

    /// <summary>Whether an error means that the database's disk is full, failing or read-only.</summary>
    bool IsStorageFault(DbException exception);

    /// <summary>Prepares the database before the first transaction.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    Task<SqlSession> BeginReadAsync(CancellationToken cancellationToken);

    Task<SqlSession> BeginWriteAsync(CancellationToken cancellationToken);

    /// <summary>Lets only one process migrate, until the transaction ends.</summary>
    Task LockSchemaAsync(SqlSession session);

    /// <summary>Lets only one transaction create jobs, until it ends.</summary>
    Task LockCreationAsync(SqlSession session);

    /// <summary>Notifies followers in other processes when the transaction commits.</summary>
    Task NotifyAsync(SqlSession session);
}
