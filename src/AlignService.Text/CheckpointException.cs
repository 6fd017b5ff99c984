namespace AlignService;

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
