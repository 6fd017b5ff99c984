namespace AlignService.Model.Adapters;

/// <summary>How well merged weights do what base and adapter did.</summary>
/// <param name="MaxLogitDifference">Largest absolute difference of any logit on the probe's tokens.</param>
/// <param name="ProbeTokens">Tokens of the probe.</param>
public sealed record MergeReport(double MaxLogitDifference, int ProbeTokens);
