namespace AlignService.Jobs.Workers;

/// <summary>How an attempt that was not interrupted came to its end.</summary>
internal enum AttemptEnd
{
    /// <summary>Every step is done, or the held-out reward said to stop.</summary>
    Done,

    /// <summary>A pause was asked for; the work so far is in a checkpoint.</summary>
    Paused,

    /// <summary>The job goes on from its last checkpoint at a lower learning rate.</summary>
    RolledBack,
}
