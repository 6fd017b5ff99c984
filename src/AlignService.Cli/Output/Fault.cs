namespace AlignService.Cli.Output;

/// <summary>One thing that is wrong with what the user gave.</summary>
/// <param name="Field">Path of the field (`grpo.algorithm.group_size`); empty where it is not about one.</param>
/// <param name="Message">What is wrong, the value, the bound and the way out.</param>
/// <param name="Line">Line of the job file, from 1; null where it is not in one.</param>
internal sealed record Fault(string Field, string Message, int? Line = null);
