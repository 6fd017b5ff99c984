namespace AlignService.Jobs;

/// <summary>Why a job failed.</summary>
/// <param name="Reason">A word for programs, of those listed in job.proto.</param>
/// <param name="Message">What happened, with the value and the bound.</param>
/// <param name="Remedy">What to try.</param>
public sealed record JobFailure(string Reason, string Message, string Remedy);
