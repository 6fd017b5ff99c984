namespace AlignService.Testing;

/// <summary>
/// By how much a piece of work made this process grow, in bytes. To be measured in a process of its own, after libtorch is initialised and the same work was done once on
/// something small, so that nothing else grows meanwhile. Linux only.
/// </summary>
/// <param name="Held">Anonymous memory (RssAnon) after the work less that before it; mapped files do not count.</param>
/// <param name="Peak">The most that RssAnon was seen above its value before, by a thread that looks all the time.</param>
/// <param name="AddressSpacePeak">
/// The kernel's own high-water mark of the address space (VmPeak) above the size before; mapped files count. No block that was taken, however briefly, can hide from it.
/// </param>
public sealed record MemoryGrowth(long Held, long Peak, long AddressSpacePeak)
{
    /// <summary>Does the work and returns its result.</summary>
    public static (T Result, MemoryGrowth Growth) During<T>(Func<T> work)
    {
        // The watcher is at work before the first look at the counters, so that its own stack and buffers are in them.
        using var watcher = new MemoryWatcher();
        long before = watcher.Restart(), sizeBefore = ProcessStatus.Read("VmSize");
        T result = work();
        long after = ProcessStatus.Read("RssAnon"), sizePeak = ProcessStatus.Read("VmPeak");
        long peak = Math.Max(watcher.Peak, after);
        return (result, new MemoryGrowth(after - before, peak - before, sizePeak - sizeBefore));
    }
}
