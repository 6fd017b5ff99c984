namespace AlignService.Model;

/// <summary>
/// Root of the errors that a user can act on. The message names what was wrong, the value, the bound and the way out.
/// </summary>
public abstract class AlignException : Exception
{
    protected AlignException(string message)
        : base(message)
    {
    }

    protected AlignException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
