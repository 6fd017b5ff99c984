namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A reward that cannot be set up as configured.</summary>
public sealed class RewardException(string message) : AlignException(message);

/// <summary>Completions that a source outside this process left unscored, where the job is to fail then (when_unscored).</summary>
public sealed class UnscoredException(string message) : AlignException(message)
{
    public override string Reason => "reward_unscored";

    public override string Remedy => "Mend the scorer, raise calls.deadline, or set calls.when_unscored to leave_out or pause_job; the last checkpoint can be the model of another job.";
}

/// <summary>Scoring ended before all scores were there, and the job is to pause. The step that it belongs to leaves no trace; scores that arrived are kept for it.</summary>
/// <param name="reason">One sentence.</param>
/// <param name="isRequested">A user asked for the pause; otherwise it is the source's policy.</param>
public sealed class ScoringPausedException(string reason, bool isRequested) : Exception(reason)
{
    /// <summary>A user asked for the pause; otherwise it is the source's policy.</summary>
    public bool IsRequested => isRequested;
}
