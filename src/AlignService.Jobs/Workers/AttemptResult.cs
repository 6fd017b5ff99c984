namespace AlignService.Jobs.Workers;

/// <summary>The end of an attempt and why, in plain words.</summary>
internal sealed record AttemptResult(AttemptEnd End, string Reason);
