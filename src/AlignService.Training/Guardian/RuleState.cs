namespace AlignService.Training.Guardian;

/// <summary>What a rule remembers from step to step; kept with the trainer's state.</summary>
/// <param name="First">The first value that it read, where later ones are compared with it.</param>
/// <param name="Streak">Steps in a row, up to now, beyond the bound.</param>
public sealed record RuleState(double First, int Streak);
