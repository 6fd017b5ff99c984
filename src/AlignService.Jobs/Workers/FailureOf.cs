using System.ComponentModel;
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

/// <summary>How a lack of memory shows, in an exception or in the last words of a process, and what helps.</summary>
internal static class OutOfMemory
{
    public const string Remedy =
        "Lower micro_batch_size (the result stays the same), max_completion_length, prompts_per_step or group_size, or use a device with more memory. `align model inspect` estimates what a model needs.";

    private const int NoMemory = 12; // ENOMEM

    /// <summary>Of libtorch's allocators, CUDA and its libraries, the C++ library, the system's text of ENOMEM, and .NET.</summary>
    private static readonly string[] Words =
        ["out of memory", "outofmemory", "can't allocate memory", "cannot allocate memory", "not enough memory", "bad_alloc", "status_alloc_failed", "insufficient memory"];

    /// <summary>Whether it, or what caused it, is a lack of memory.</summary>
    public static bool IsCauseOf(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            // A message that is meant for users may quote anything.
            if (cause is OutOfMemoryException or IOException { HResult: NoMemory } or Win32Exception { NativeErrorCode: NoMemory } || (cause is not AlignException && IsSaidIn(cause.Message)))
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsSaidIn(string text) => Words.Any(words => text.Contains(words, StringComparison.OrdinalIgnoreCase));
}
