namespace AlignService.Cli.Output;

/// <summary>One thing that is wrong with the user's input.</summary>
/// <param name="Field">Path of the field (`grpo.algorithm.group_size`); empty where it is not about a field.</param>
/// <param name="Message">What is wrong, with the value, the bound and the remedy.</param>
/// <param name="Line">Line of the job file, from 1; null where it is not in one.</param>
internal sealed record Fault(string Field, string Message, int? Line = null);
