using AlignService.Specs.Guardian;

namespace AlignService.Jobs.Events;

/// <summary>A rule of the guardian has seen something.</summary>
/// <param name="Finding">What, and what follows.</param>
/// <param name="RolledBackTo">Where a rollback went: the steps after it run again.</param>
/// <param name="LearningRateFactor">The learning rate after the rollback, as a multiple of the job's own.</param>
public sealed record GuardianReport(GuardianFinding Finding, int? RolledBackTo, double? LearningRateFactor) : JobEventBody;
