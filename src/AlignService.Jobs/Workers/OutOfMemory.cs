using System.ComponentModel;

namespace AlignService.Jobs.Workers;

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
