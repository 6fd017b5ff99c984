namespace AlignService.Worker;

/// <summary>What a worker process trains with.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>cpu, cuda (the first that the process sees) or cuda:N. A device that does not work fails the job; it never trains on the CPU instead.</summary>
    public string Device { get; init; } = "cpu";
}
