namespace AlignService.Training.TrustRegion;

/// <summary>What became of a natural-gradient step.</summary>
/// <param name="Accepted">Some length of it held the bound and raised the surrogate.</param>
/// <param name="Kl">Mean KL(old || new) of the accepted step, in nats; 0 where there is none.</param>
/// <param name="Gain">By how much it raised the surrogate.</param>
/// <param name="Backtracks">How often it was shortened.</param>
internal readonly record struct TrustRegionStep(bool Accepted, double Kl, double Gain, int Backtracks);
