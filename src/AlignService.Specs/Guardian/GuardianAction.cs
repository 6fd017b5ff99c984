namespace AlignService.Specs.Guardian;

/// <summary>What follows when a rule of the guardian has seen enough.</summary>
public enum GuardianAction
{
    /// <summary>The rule does not look.</summary>
    Off,

    /// <summary>It says so, once as long as it lasts.</summary>
    Warn,

    /// <summary>The step's update is left out; for rules whose numbers are known before it.</summary>
    SkipStep,

    /// <summary>The job goes on from its last checkpoint at a lower learning rate.</summary>
    RollBack,

    /// <summary>The job rests until a user resumes it.</summary>
    Pause,

    /// <summary>The job ends as failed.</summary>
    Fail,
}
