namespace AlignService.Model.Sampling;

/// <summary>A request that cannot be sampled, or logits from which nothing can be chosen.</summary>
public sealed class SamplingException(string message) : AlignException(message);
