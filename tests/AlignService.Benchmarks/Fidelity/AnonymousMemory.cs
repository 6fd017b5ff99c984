using System.Globalization;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>Memory of this process that belongs to no file (RssAnon): mapped weights do not count, copies of them do.</summary>
internal static class AnonymousMemory
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);

    public static long Bytes()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>The most that was held while the work ran, less what was held before; looked at every millisecond, and at the end.</summary>
    public static (T Result, long PeakBytes) PeakOf<T>(Func<T> work)
    {
        long before = Bytes(), peak = before;
        using var done = new ManualResetEventSlim();
        var watch = new Thread(() =>
        {
            while (!done.Wait(Interval))
            {
                peak = Math.Max(peak, Bytes());
            }
        });
        watch.Start();
        T result = work();
        done.Set();
        watch.Join();
        return (result, Math.Max(peak, Bytes()) - before);
    }
}
