using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>Changes of state, each with its event.</summary>
internal static class StateTable
{
    private const string Move =
        """
        UPDATE jobs SET state = @state, failure = @failure, start_time = COALESCE(start_time, @start), end_time = @end, update_time = @now
        WHERE id = @id
        """;

    private const string RequestCancel =
        "UPDATE jobs SET cancel_request_time = COALESCE(cancel_request_time, @now), update_time = @now WHERE id = @id";

    /// <summary>Moves a locked job, which is returned as it is then.</summary>
    public static async Task<Job> MoveAsync(SqlSession session, Job job, JobState to, JobFailure? failure, string reason, DateTimeOffset now)
    {
        if (!JobTransition.IsAllowed(job.State, to))
        {
            throw new InvalidTransitionException($"{job.Id.ResourceName} is {job.State.ToText()}; from there no job moves to {to.ToText()}.");
        }

        bool isEnd = JobTransition.IsEnd(to);
        await session.ExecuteAsync(
            Move,
            ("id", job.Id.Value),
            ("state", to.ToText()),
            ("failure", failure is null ? null : JobJson.Serialize(failure)),
            ("start", to == JobState.Preparing ? now.ToMicroseconds() : DBNull.Value),
            ("end", isEnd ? now.ToMicroseconds() : DBNull.Value),
            ("now", now.ToMicroseconds()));
        var change = JobEvent.New(job.CompletedSteps, $"attempt-{job.Attempt}/{to.ToText()}", new StateChanged(job.State, to, reason));
        await EventTable.AppendAsync(session, job, [change], now);
        return job with
        {
            State = to,
            Failure = failure,
            StartTime = job.StartTime ?? (to == JobState.Preparing ? now : null),
            EndTime = isEnd ? now : null,
            UpdateTime = now,
        };
    }

    public static async Task<Job> RequestCancelAsync(SqlSession session, Job job, DateTimeOffset now)
    {
        await session.ExecuteAsync(RequestCancel, ("id", job.Id.Value), ("now", now.ToMicroseconds()));
        session.MarkChanged(job.Id.Value);
        return job with { CancelRequested = true, UpdateTime = now };
    }
}
