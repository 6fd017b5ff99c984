namespace AlignService.Specs.Rewards.Remote;

/// <summary>One attempt at a call that gave no valid answer.</summary>
/// <param name="message">What happened, as a clause; holds no secret.</param>
/// <param name="isTransient">It may pass: another attempt is worth making.</param>
internal sealed class ScorerException(string message, bool isTransient) : Exception(message)
{
    public bool IsTransient => isTransient;

    /// <summary>How long the other side asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
