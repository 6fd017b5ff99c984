namespace AlignService.Jobs.Events;

/// <summary>The job moved to another state.</summary>
public sealed record StateChanged(JobState From, JobState To, string Reason) : JobEventBody;
