namespace AlignService;

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

    /// <summary>A word for programs: the failure's reason where the error ends a job (job.proto lists them).</summary>
    public virtual string Reason => "internal";

    /// <summary>What to try, where the message does not say it already.</summary>
    public virtual string Remedy => "";
}

/// <summary>A checkpoint, configuration, tokenizer or chat template that cannot be used as it is.</summary>
public sealed class CheckpointException : AlignException
{
    public CheckpointException(string message)
        : base(message)
    {
    }

    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public override string Reason => "model_invalid";
}
