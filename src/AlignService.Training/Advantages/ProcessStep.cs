namespace AlignService.Training.Advantages;

/// <summary>A scored step of a completion.</summary>
/// <param name="End">Index of its last token.</param>
/// <param name="Reward">NaN is "no score".</param>
public readonly record struct ProcessStep(int End, double Reward);
