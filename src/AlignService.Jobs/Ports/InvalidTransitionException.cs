namespace AlignService.Jobs.Ports;

/// <summary>A change of state that the table does not allow.</summary>
public sealed class InvalidTransitionException(string message) : AlignException(message);
