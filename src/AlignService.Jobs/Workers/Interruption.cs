namespace AlignService.Jobs.Workers;

/// <summary>Why a worker must stop before its job is done.</summary>
internal enum Interruption
{
    None,

    /// <summary>The process is to end; another worker will go on.</summary>
    Stopping,

    /// <summary>A user wants the job to end.</summary>
    CancelRequested,

    /// <summary>The job has used up its time.</summary>
    TimeLimit,

    /// <summary>Another worker holds the job; nothing may be written.</summary>
    LeaseLost,
}
