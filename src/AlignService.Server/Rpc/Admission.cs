using AlignService.Jobs;
using AlignService.Specs;
using AlignService.Specs.Violations;

namespace AlignService.Server.Rpc;

/// <summary>A request that passed every check.</summary>
/// <param name="Spec">With every default filled in.</param>
/// <param name="Job">The queued job; null where only validation was asked for.</param>
/// <param name="Warnings">What is allowed but unusual.</param>
internal sealed record Admission(JobSpec Spec, Job? Job, IReadOnlyList<Violation> Warnings);
