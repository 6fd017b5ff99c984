namespace AlignService.Jobs;

/// <summary>A checkpoint of a job: a Hugging Face directory with the trainer's state beside it.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="CreateTime">When it was whole.</param>
/// <param name="Score">Held-out reward at that step, if it was evaluated and is a finite number; the largest is "best".</param>
public sealed record JobCheckpoint(int Step, string Directory, DateTimeOffset CreateTime, double? Score)
{
    /// <summary>The last segment of its resource name.</summary>
    public string Name => $"step-{Step:D6}";
}
