using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>A store that cannot be opened or used as is.</summary>
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

/// <summary>No job has this id.</summary>
public sealed class JobNotFoundException(JobId id) : AlignException($"{id.ResourceName} does not exist; list the jobs to see which do.")
{
    public JobId JobId => id;
}

/// <summary>A change of state that the table does not allow.</summary>
public sealed class InvalidTransitionException(string message) : AlignException(message);

/// <summary>A request id was reused with another spec.</summary>
public sealed class RequestIdReusedException(string message) : AlignException(message);

/// <summary>A page token that this list did not issue.</summary>
public sealed class PageTokenException(string message) : AlignException(message);
