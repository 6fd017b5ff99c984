namespace AlignService.Jobs.Ports;

/// <summary>A request id came again with another spec.</summary>
public sealed class RequestIdReusedException(string message) : AlignException(message);
