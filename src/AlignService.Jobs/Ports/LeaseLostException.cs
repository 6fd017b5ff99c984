namespace AlignService.Jobs.Ports;

/// <summary>Another worker holds the job now; whoever sees this must stop at once and write nothing.</summary>
public sealed class LeaseLostException(string message) : AlignException(message);
