using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Store.Sql;
using AlignService.Text;

namespace AlignService.Store.Tables;

/// <summary>Changes of state, each with its event.</summary>
internal static class StateTable
{
    private const int LongestMessage = 2000;

    private const string Move =
        """
        UPDATE jobs SET state = @state, failure = @failure, start_time = COALESCE(start_time, @start), end_time = @end, update_time = @now,
            pause_request_time = CASE WHEN @needs_worker = 1 THEN pause_request_time ELSE NULL END
        WHERE id = @id
        """;

    private const string RequestPause =
        "UPDATE jobs SET pause_request_time = CASE WHEN @pause = 1 THEN COALESCE(pause_request_time, @now) ELSE NULL END, update_time = @now WHERE id = @id";

    private const string RequestCancel =
        "UPDATE jobs SET cancel_request_time = COALESCE(cancel_request_time, @now), update_time = @now WHERE id = @id";

    /// <summary>Moves a locked job to another state and returns it.</summary>
    public static async Task<Job> MoveAsync(SqlSession session, Job job, JobState to, JobFailure? failure, string reason, DateTimeOffset now)
    {
        if (!JobTransition.IsAllowed(job.State, to))
        {
            throw new InvalidTransitionException($"{job.Id.ResourceName} is {job.State.ToText()}; it cannot become {to.ToText()}.");
        }

        bool isEnd = JobTransition.IsEnd(to);
        failure = failure is null ? null : failure with { Message = ShortText.Cut(failure.Message, LongestMessage), Remedy = ShortText.Cut(failure.Remedy, LongestMessage) };
        await session.ExecuteAsync(
            Move,
            ("id", job.Id.Value),
            ("state", to.ToText()),
            ("failure", failure is null ? null : JobJson.Serialize(failure)),
            ("start", to == JobState.Preparing ? now.ToMicroseconds() : DBNull.Value),
            ("end", isEnd ? now.ToMicroseconds() : DBNull.Value),
            ("needs_worker", to is JobState.Preparing or JobState.Running ? 1 : 0),
            ("now", now.ToMicroseconds()));
        var change = JobEvent.New(job.CompletedSteps, KeyOf(job, to, now), new StateChanged(job.State, to, reason));
        await EventTable.AppendAsync(session, job, [change], now);
        return job with
        {
            State = to,
            Failure = failure,
            PauseRequested = job.PauseRequested && (to is JobState.Preparing or JobState.Running),
            StartTime = job.StartTime ?? (to == JobState.Preparing ? now : null),
            EndTime = isEnd ? now : null,
            UpdateTime = now,
        };
    }

    /// <summary>Ends the locked job's lease, and queues the job again where it is to go on: no state may say that a worker is on it.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="job">Leased or not.</param>
    /// <param name="lost">Its worker disappeared without releasing it.</param>
    /// <param name="now">The current time.</param>
    public static async Task LeaveAsync(SqlSession session, Job job, bool lost, DateTimeOffset now)
    {
        await LeaseTable.EndAsync(session, job, lost, now);
        if (job is { State: JobState.Preparing or JobState.Running, CancelRequested: false, PauseRequested: false })
        {
            await MoveAsync(session, job with { Lease = null }, JobState.Queued, null, lost ? "its worker was lost" : "its worker has stopped", now);
        }
    }

    /// <summary>Fences off any previous worker of the locked job, then moves it.</summary>
    public static async Task<Job> MoveUnheldAsync(SqlSession session, Job job, JobState to, JobFailure? failure, string reason, DateTimeOffset now)
    {
        if (job.Lease is not null)
        {
            await LeaseTable.EndAsync(session, job, lost: !job.IsHeldAt(now), now);
        }

        return await MoveAsync(session, job with { Lease = null }, to, failure, reason, now);
    }

    /// <param name="pause">False withdraws the request.</param>
    public static async Task<Job> RequestPauseAsync(SqlSession session, Job job, bool pause, DateTimeOffset now)
    {
        await session.ExecuteAsync(RequestPause, ("id", job.Id.Value), ("pause", pause ? 1 : 0), ("now", now.ToMicroseconds()));
        session.MarkChanged(job.Id.Value);
        return job with { PauseRequested = pause, UpdateTime = now };
    }

    public static async Task<Job> RequestCancelAsync(SqlSession session, Job job, DateTimeOffset now)
    {
        await session.ExecuteAsync(RequestCancel, ("id", job.Id.Value), ("now", now.ToMicroseconds()));
        session.MarkChanged(job.Id.Value);
        return job with { CancelRequested = true, UpdateTime = now };
    }

    /// <summary>
    /// A worker's changes happen once per attempt and rollback; pausing and resuming by users may happen any number of times.
    /// </summary>
    private static string KeyOf(Job job, JobState to, DateTimeOffset now)
    {
        string attempt = job.RollbackCount == 0 ? $"attempt-{job.Attempt}" : $"attempt-{job.Attempt}/rollback-{job.RollbackCount}";
        return to is JobState.Paused or JobState.Queued ? $"{attempt}/{to.ToText()}/{now.ToMicroseconds()}" : $"{attempt}/{to.ToText()}";
    }
}

/// <summary>States as stored in the database.</summary>
internal static class JobStateText
{
    private static readonly Dictionary<JobState, string> Words = new()
    {
        [JobState.Queued] = "queued",
        [JobState.Preparing] = "preparing",
        [JobState.Running] = "running",
        [JobState.Succeeded] = "succeeded",
        [JobState.Failed] = "failed",
        [JobState.Cancelled] = "cancelled",
        [JobState.Paused] = "paused",
    };

    private static readonly Dictionary<string, JobState> States = Words.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static string ToText(this JobState state) => Words[state];

    public static JobState Parse(string text) => States[text];
}
