namespace AlignService.Jobs.Ports;

/// <summary>The answer to a renewal.</summary>
public sealed record LeaseRenewal(JobLease Lease, bool CancelRequested);
