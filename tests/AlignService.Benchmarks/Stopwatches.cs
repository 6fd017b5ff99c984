using System.Diagnostics;

namespace AlignService.Benchmarks;

/// <summary>Times a piece of work: one run that does not count, then the median of some that do.</summary>
internal static class Stopwatches
{
    /// <param name="runCount">Runs that count; 1 or more.</param>
    /// <param name="run">The work; returns its tokens, which must be the same every time.</param>
    public static (long Tokens, double Seconds) Median(int runCount, Func<long> run)
    {
        long tokens = run();
        double[] seconds = new double[runCount];
        for (int i = 0; i < runCount; i++)
        {
            long start = Stopwatch.GetTimestamp();
            long again = run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (again != tokens)
            {
                throw new InvalidOperationException($"A run handled {again} tokens, the first {tokens}: the runs cannot be compared.");
            }
        }

        Array.Sort(seconds);
        return (tokens, seconds[runCount / 2]);
    }
}
