namespace AlignService.Specs.Settings;

/// <summary>When the trainer's state stays in the checkpoints of a job that has ended. While a job can go on, it always stays.</summary>
public enum KeepTrainerState
{
    /// <summary>Dropped when the job succeeds.</summary>
    UnlessSucceeded,

    /// <summary>Never dropped.</summary>
    Always,

    /// <summary>Dropped however the job ends.</summary>
    Never,
}
