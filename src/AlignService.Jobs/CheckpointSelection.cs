namespace AlignService.Jobs;

/// <summary>Which of a job's checkpoints is best, and which may go.</summary>
public static class CheckpointSelection
{
    /// <summary>The one with the largest held-out reward, of equals the later; where none was evaluated, the last. Null where there is none.</summary>
    public static JobCheckpoint? Best(IReadOnlyCollection<JobCheckpoint> checkpoints) =>
        checkpoints.MaxBy(checkpoint => (checkpoint.Score ?? double.NegativeInfinity, checkpoint.Step));

    /// <summary>Whether weights with this held-out score would be the best.</summary>
    public static bool IsNewBest(IReadOnlyCollection<JobCheckpoint> checkpoints, double score) => Best(checkpoints)?.Score is not { } best || score > best;

    public static JobCheckpoint? Last(IReadOnlyCollection<JobCheckpoint> checkpoints) => checkpoints.MaxBy(checkpoint => checkpoint.Step);

    /// <summary>All but best, last and the <paramref name="keep"/> newest of the others.</summary>
    public static IReadOnlyList<JobCheckpoint> Surplus(IReadOnlyCollection<JobCheckpoint> checkpoints, int keep)
    {
        JobCheckpoint? best = Best(checkpoints);
        JobCheckpoint? last = Last(checkpoints);
        return [.. checkpoints
            .Where(checkpoint => checkpoint != best && checkpoint != last)
            .OrderByDescending(checkpoint => checkpoint.Step)
            .Skip(keep)];
    }
}
