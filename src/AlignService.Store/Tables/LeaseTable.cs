using AlignService.Jobs;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The lease columns of `jobs`, which say who may write a job.</summary>
internal static class LeaseTable
{
    private const string Take =
        """
        UPDATE jobs SET lease_worker = @worker, lease_token = lease_token + 1, lease_renewed = @now, lease_expires = @expires,
            attempt = attempt + 1, lost_workers = lost_workers + @lost, update_time = @now
        WHERE id = @id
        """;

    private const string Renew =
        """
        UPDATE jobs SET active_time = active_time + CASE WHEN @now < lease_renewed THEN 0 WHEN @now - lease_renewed > @longest THEN @longest ELSE @now - lease_renewed END,
            lease_renewed = @now, lease_expires = @expires
        WHERE id = @id AND lease_worker = @worker AND lease_token = @token
        RETURNING cancel_request_time
        """;

    private const string End =
        """
        UPDATE jobs SET lease_worker = NULL, lease_renewed = NULL, lease_expires = NULL,
            lease_token = lease_token + 1, lost_workers = lost_workers + @lost, update_time = @now
        WHERE id = @id
        """;

    /// <summary>Claims the locked job. An expired lease means that its worker is lost.</summary>
    public static async Task<JobLease> TakeAsync(SqlSession session, Job job, string workerId, DateTimeOffset now, TimeSpan duration)
    {
        DateTimeOffset expires = (now + duration).ToMicroseconds().ToTime();
        await session.ExecuteAsync(
            Take,
            ("id", job.Id.Value), ("worker", workerId), ("now", now.ToMicroseconds()), ("expires", expires.ToMicroseconds()), ("lost", job.Lease is null ? 0 : 1));
        session.MarkChanged(job.Id.Value);
        long token = (await session.QueryAsync("SELECT lease_token FROM jobs WHERE id = @id", row => row.GetInt64(0), ("id", job.Id.Value))).Single();
        return new JobLease(job.Id, workerId, token, expires);
    }

    /// <summary>Whether a cancel was requested; null where the lease is no longer valid. Between two renewals no more time counts than a lease is valid: clocks can jump.</summary>
    public static async Task<bool?> RenewAsync(SqlSession session, JobLease lease, DateTimeOffset now, DateTimeOffset expires)
    {
        List<bool> rows = await session.QueryAsync(
            Renew,
            row => !row.IsDBNull(0),
            ("id", lease.JobId.Value), ("worker", lease.WorkerId), ("token", lease.Token), ("now", now.ToMicroseconds()), ("expires", expires.ToMicroseconds()),
            ("longest", expires.ToMicroseconds() - now.ToMicroseconds()));
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Ends the locked job's lease; raising the token fences off its holder.</summary>
    public static async Task EndAsync(SqlSession session, Job job, bool lost, DateTimeOffset now)
    {
        await session.ExecuteAsync(
            End, ("id", job.Id.Value), ("now", now.ToMicroseconds()), ("lost", lost && !JobTransition.IsEnd(job.State) ? 1 : 0));
        session.MarkChanged(job.Id.Value);
    }
}
