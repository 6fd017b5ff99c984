namespace AlignService.Server.Hosting;

/// <summary>The server cannot start as it was asked to.</summary>
public sealed class ServerStartException : AlignException
{
    public ServerStartException(string message)
        : base(message)
    {
    }

    public ServerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
