namespace AlignService;

/// <summary>
/// Base of the errors that a user can act on. The message names what was wrong, the value, the bound and the remedy.
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

    /// <summary>An identifier for programs: the failure's reason if the error ends a job (job.proto lists them).</summary>
    public virtual string Reason => "internal";

    /// <summary>What to try, if the message does not already say it.</summary>
    public virtual string Remedy => "";
}

/// <summary>A checkpoint, configuration, tokenizer or chat template that cannot be used as is.</summary>
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
