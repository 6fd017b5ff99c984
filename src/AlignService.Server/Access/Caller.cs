using AlignService.Specs.Resources;
using AlignService.Store.Access;

namespace AlignService.Server.Access;

/// <summary>Who calls, and in which project.</summary>
/// <param name="Name">A key's resource name, a token's subject or a certificate's; "local" where nobody is asked.</param>
/// <param name="Project">Where the call acts.</param>
/// <param name="Role">What it may do there.</param>
/// <param name="RequestsPerMinute">The caller's own limit; 0: the server's.</param>
internal sealed record Caller(string Name, ProjectId Project, Role Role, int RequestsPerMinute = 0);

/// <summary>The caller of the current request; one per request.</summary>
internal sealed class CallerContext
{
    private Caller? _caller;

    /// <summary>The caller, if one is known; also one that was refused for its role.</summary>
    public Caller? Known => _caller;

    /// <exception cref="InvalidOperationException">Nobody was let in: a mistake of this program, and nothing is answered.</exception>
    public Caller Caller
    {
        get => _caller ?? throw new InvalidOperationException("The request was not admitted, and asks for its caller.");
        set => _caller = value;
    }
}

/// <summary>The caller is not known.</summary>
internal sealed class UnauthenticatedException(string message) : AlignException(message);

/// <summary>The caller is known, but may not do this.</summary>
internal sealed class PermissionDeniedException(string message) : AlignException(message);

/// <summary>The caller asks too often.</summary>
internal sealed class RateLimitedException(string message, TimeSpan retryAfter) : AlignException(message)
{
    public TimeSpan RetryAfter => retryAfter;
}
