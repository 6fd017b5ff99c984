using System.Globalization;

namespace AlignService.Jobs.Workers;

/// <summary>The failure that a user reads, from the exception that ended the job.</summary>
internal static class FailureOf
{
    public static JobFailure Exception(Exception exception)
    {
        if (OutOfMemory.IsCauseOf(exception))
        {
            return new JobFailure(
                JobFailureReason.OutOfMemory,
                $"the device ran out of memory: {FirstLine(exception.Message)}",
                OutOfMemory.Remedy);
        }

        return exception switch
        {
            AlignException known => new JobFailure(known.Reason, known.Message, known.Remedy),
            IOException disk => new JobFailure(
                JobFailureReason.Internal,
                $"cannot read or write files: {disk.Message}",
                "Check the free space and the permissions of the data directory, and submit the job again."),
            _ => new JobFailure(
                JobFailureReason.Internal,
                $"{exception.GetType().Name}: {FirstLine(exception.Message)}",
                "This is an internal error; the worker's log has the details."),
        };
    }

    public static JobFailure TimeLimit(TimeSpan limit) => new(
        JobFailureReason.TimeLimit,
        string.Create(CultureInfo.InvariantCulture, $"the job reached max_duration, {limit.TotalSeconds:0.###} s over all attempts."),
        "Raise max_duration, or set fewer steps; the last checkpoint can be the model of another job.");

    /// <summary>Native errors carry a stack trace in their message.</summary>
    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
