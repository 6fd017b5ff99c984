namespace AlignService.Jobs.Ports;

/// <summary>One page of a list of jobs.</summary>
/// <param name="Jobs">Newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? NextPageToken);
