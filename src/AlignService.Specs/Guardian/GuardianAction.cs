namespace AlignService.Specs.Guardian;

/// <summary>What happens when a guardian rule triggers.</summary>
public enum GuardianAction
{
    /// <summary>The rule is off.</summary>
    Off,

    /// <summary>A finding, once per streak.</summary>
    Warn,

    /// <summary>The step's update is skipped; for rules whose numbers are known before it.</summary>
    SkipStep,

    /// <summary>The job continues from its last checkpoint at a lower learning rate.</summary>
    RollBack,

    /// <summary>The job is paused until a user resumes it.</summary>
    Pause,

    /// <summary>The job fails.</summary>
    Fail,
}
