namespace AlignService.Jobs.Ports;

/// <summary>A store that cannot be opened or used as it is.</summary>
public sealed class StoreException : AlignException
{
    public StoreException(string message)
        : base(message)
    {
    }

    public StoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
