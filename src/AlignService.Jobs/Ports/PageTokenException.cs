namespace AlignService.Jobs.Ports;

/// <summary>A page token that this list did not give out.</summary>
public sealed class PageTokenException(string message) : AlignException(message);
