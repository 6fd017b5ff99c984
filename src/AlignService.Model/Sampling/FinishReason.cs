namespace AlignService.Model.Sampling;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>An end token was sampled, also where it is the last that the limit allows.</summary>
    Stop,

    /// <summary>The text contains a stop string.</summary>
    StopString,

    /// <summary>The limit of tokens was reached: the completion is truncated.</summary>
    Length,
}
