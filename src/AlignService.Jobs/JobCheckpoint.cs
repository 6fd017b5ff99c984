using AlignService.Specs.Resources;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs;

/// <summary>A checkpoint of a job: a Hugging Face directory with the trainer's state.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="CreateTime">When it was completed.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated and is finite; the largest is "best".</param>
public sealed record JobCheckpoint(int Step, string Directory, DateTimeOffset CreateTime, double? Score)
{
    /// <summary>The last segment of its resource name.</summary>
    public string Name => NameOf(Step);

    internal static string NameOf(int step) => $"step-{step:D6}";

    /// <summary>The checkpoint as on the wire; the list decides which is best and last.</summary>
    public Wire.Checkpoint ToWire(JobId id)
    {
        var wire = new Wire.Checkpoint
        {
            Name = $"{id.ResourceName}/checkpoints/{Name}",
            Step = Step,
            Directory = Directory,
            CreateTime = Timestamp.FromDateTimeOffset(CreateTime),
        };
        if (Score is { } score)
        {
            wire.Score = score;
        }

        return wire;
    }
}

/// <summary>Which of a job's checkpoints is best, and which may be deleted.</summary>
public static class CheckpointSelection
{
    /// <summary>The one with the largest held-out reward, the later one of equals; where none was evaluated, the last. Null where there is none.</summary>
    public static JobCheckpoint? Best(IReadOnlyCollection<JobCheckpoint> checkpoints) =>
        checkpoints.MaxBy(checkpoint => (checkpoint.Score ?? double.NegativeInfinity, checkpoint.Step));

    /// <summary>Whether weights with this held-out score would be the best.</summary>
    public static bool IsNewBest(IReadOnlyCollection<JobCheckpoint> checkpoints, double score) => Best(checkpoints)?.Score is not { } best || score > best;

    /// <summary>By step-NNNNNN, last or best.</summary>
    public static JobCheckpoint? Named(IReadOnlyCollection<JobCheckpoint> checkpoints, string name) => name switch
    {
        "best" => Best(checkpoints),
        "last" => Last(checkpoints),
        _ => checkpoints.FirstOrDefault(checkpoint => checkpoint.Name == name),
    };

    public static JobCheckpoint? Last(IReadOnlyCollection<JobCheckpoint> checkpoints) => checkpoints.MaxBy(checkpoint => checkpoint.Step);

    /// <summary>All except best, last and the <paramref name="keep"/> newest of the others.</summary>
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
