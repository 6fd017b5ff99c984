namespace AlignService.Server.Validation;

/// <summary>One thing wrong, or unusual, in a request.</summary>
/// <param name="Field">Path of the field as the protos spell it: spec.grpo.algorithm.group_size, spec.grpo.rewards[1].name.</param>
/// <param name="Description">What is wrong, the value, the bound and the way out.</param>
internal sealed record Fault(string Field, string Description);
