namespace AlignService.Jobs.Events;

/// <summary>Something that happened in a job. Unique by job, step, kind (the body's type) and key.</summary>
/// <param name="Cursor">Rises by 1 from 1 within the job; 0 until the store has taken it.</param>
/// <param name="Time">When it was first recorded.</param>
/// <param name="Step">The step it belongs to; 0 before the first.</param>
/// <param name="Key">Tells events of one kind and step apart; "" where there is only one.</param>
/// <param name="Body">What happened.</param>
public sealed record JobEvent(long Cursor, DateTimeOffset Time, int Step, string Key, JobEventBody Body)
{
    /// <summary>An event that the store has yet to take; it gives cursor and time.</summary>
    public static JobEvent New(int step, string key, JobEventBody body) => new(0, default, step, key, body);
}
