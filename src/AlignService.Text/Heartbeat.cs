namespace AlignService;

/// <summary>
/// Counts what this process has done for its job: a layer applied, a token sampled, a text encoded, a completion scored, a row, a tensor or a block of a file read or written. Whoever watches the process can tell slow work from work that
/// hangs in native code.
/// </summary>
public static class Heartbeat
{
    private static long _count;

    public static long Count => Volatile.Read(ref _count);

    public static void Beat() => Interlocked.Increment(ref _count);
}
