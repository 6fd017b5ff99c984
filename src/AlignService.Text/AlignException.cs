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

/// <summary>A data file that cannot be used; the message lists every fault that was found.</summary>
public sealed class DataException(string message) : AlignException(message)
{
    private const int ShownFaults = 20;

    public override string Reason => "data_invalid";

    /// <summary>The faults of rows; empty where the message is the only fault.</summary>
    public IReadOnlyList<string> Faults { get; private init; } = [];

    /// <summary>The file does not exist.</summary>
    public bool IsMissing { get; init; }

    /// <summary>All faults in one message, the first twenty in full.</summary>
    public static DataException Of(string summary, IReadOnlyList<string> faults)
    {
        IEnumerable<string> shown = faults.Take(ShownFaults).Select(fault => $"\n  {fault}");
        string rest = faults.Count > ShownFaults ? $"\n  and {faults.Count - ShownFaults} more" : "";
        return new(summary + string.Concat(shown) + rest) { Faults = faults };
    }
}
