using System.Data.Common;
using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_events`: cursors 1, 2, 3, ... without a gap, because they are assigned under the lock of the job's row.</summary>
internal static class EventTable
{
    private const string SelectSame =
        "SELECT body FROM job_events WHERE job_id = @id AND step = @step AND kind = @kind AND event_key = @key";

    private const string SelectLastCursor = "SELECT last_cursor FROM jobs WHERE id = @id";

    private const string UpdateLastCursor = "UPDATE jobs SET last_cursor = @cursor WHERE id = @id";

    private const string Insert =
        """
        INSERT INTO job_events (job_id, event_cursor, event_time, step, kind, event_key, body)
        VALUES (@id, @cursor, @time, @step, @kind, @key, @body)
        """;

    private const string Select =
        """
        SELECT event_cursor, event_time, step, event_key, body FROM job_events
        WHERE job_id = @id AND event_cursor > @after ORDER BY event_cursor LIMIT @limit
        """;

    private const string SelectFiltered =
        "SELECT event_cursor, event_time, step, event_key, body FROM job_events WHERE job_id = @id AND event_cursor > @after AND step >= @first AND step <= @last";

    private const string SelectNumbers =
        """
        SELECT step, body FROM job_events WHERE job_id = @id AND step >= @first AND step <= @last AND kind = 'metrics' ORDER BY event_cursor
        """;

    private const string SelectMetrics =
        """
        SELECT event_cursor, event_time, step, event_key, body FROM job_events
        WHERE job_id = @id AND step <= @step AND kind = 'metrics' AND (event_key = @key OR event_key LIKE '%/' || @key) ORDER BY event_cursor
        """;

    /// <summary>Appends new events to a locked job.</summary>
    public static async Task AppendAsync(SqlSession session, Job job, IReadOnlyList<JobEvent> events, DateTimeOffset now)
    {
        long before = (await session.QueryAsync(SelectLastCursor, row => row.GetInt64(0), ("id", job.Id.Value))).Single();
        long cursor = before;
        foreach (JobEvent item in events)
        {
            foreach (JobEvent fresh in await NewOfAsync(session, job, item with { Body = item.Body.Bounded() }))
            {
                cursor++;
                await session.ExecuteAsync(
                    Insert,
                    ("id", job.Id.Value),
                    ("cursor", cursor),
                    ("time", now.ToMicroseconds()),
                    ("step", fresh.Step),
                    ("kind", EventKinds.NameOf(fresh.Body)),
                    ("key", fresh.Key),
                    ("body", EventKinds.Serialize(fresh.Body)));
            }
        }

        if (cursor > before)
        {
            await session.ExecuteAsync(UpdateLastCursor, ("id", job.Id.Value), ("cursor", cursor));
            session.MarkChanged(job.Id.Value);
        }
    }

    public static Task<List<JobEvent>> ReadAsync(SqlSession session, JobId id, long afterCursor, int limit) =>
        session.QueryAsync(Select, Read, ("id", id.Value), ("after", afterCursor), ("limit", limit));

    public static Task<List<JobEvent>> ReadMetricsAsync(SqlSession session, JobId id, string key, int lastStep) =>
        session.QueryAsync(SelectMetrics, Read, ("id", id.Value), ("key", key), ("step", lastStep));

    public static Task<List<JobEvent>> ReadAsync(SqlSession session, JobId id, EventFilter filter, int limit)
    {
        List<(string, object?)> parameters = [("id", id.Value), ("after", filter.AfterCursor), ("first", filter.Steps.First), ("last", filter.Steps.Last), ("limit", limit)];
        parameters.AddRange(filter.Kinds.Select((kind, index) => ($"kind{index}", (object?)kind)));
        string kinds = filter.Kinds.Count == 0 ? "" : $" AND kind IN ({string.Join(", ", filter.Kinds.Select((_, index) => $"@kind{index}"))})";
        return session.QueryAsync($"{SelectFiltered}{kinds} ORDER BY event_cursor LIMIT @limit", Read, [.. parameters]);
    }

    /// <summary>One event after the other is read and left: a long job's numbers are many.</summary>
    public static async Task<List<MetricValue>> ReadMetricsAsync(SqlSession session, JobId id, StepRange steps, Func<string, bool> isWanted)
    {
        List<IEnumerable<MetricValue>> wanted = await session.QueryAsync(
            SelectNumbers,
            row =>
            {
                int step = row.GetInt32(0);
                IReadOnlyDictionary<string, double> values = ((MetricPoints)EventKinds.Deserialize(row.GetString(1))).Values;
                return (IEnumerable<MetricValue>)[.. values.Where(value => isWanted(value.Key)).Select(value => new MetricValue(value.Key, step, value.Value))];
            },
            ("id", id.Value),
            ("first", steps.First),
            ("last", steps.Last));
        return [.. wanted.SelectMany(values => values)];
    }

    /// <summary>The event itself if it is new; otherwise, the divergences.</summary>
    private static async Task<IReadOnlyList<JobEvent>> NewOfAsync(SqlSession session, Job job, JobEvent item)
    {
        JobEventBody? first = await FindAsync(session, job, item.Step, item.Key, item.Body);
        if (first is null)
        {
            return [item];
        }

        if (first is not MetricPoints metrics || item.Body is not MetricPoints again)
        {
            return [];
        }

        var divergences = new List<JobEvent>();
        foreach (Divergence divergence in DivergenceFinder.Compare(metrics, again))
        {
            string key = $"attempt-{job.Attempt}/{item.Key}/{divergence.Metric}";
            if (await FindAsync(session, job, item.Step, key, divergence) is null)
            {
                divergences.Add(JobEvent.New(item.Step, key, divergence));
            }
        }

        return divergences;
    }

    private static async Task<JobEventBody?> FindAsync(SqlSession session, Job job, int step, string key, JobEventBody sameKind)
    {
        List<string> bodies = await session.QueryAsync(
            SelectSame, row => row.GetString(0), ("id", job.Id.Value), ("step", step), ("kind", EventKinds.NameOf(sameKind)), ("key", key));
        return bodies.Count == 0 ? null : EventKinds.Deserialize(bodies[0]);
    }

    private static JobEvent Read(DbDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1).ToTime(), row.GetInt32(2), row.GetString(3), EventKinds.Deserialize(row.GetString(4)));
}
