using System.Diagnostics;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>Seconds of processor time of this process, compiling and collecting included: what others do on the machine plays no part in it.</summary>
internal static class ProcessorTime
{
    public static double Seconds()
    {
        using Process self = Process.GetCurrentProcess();
        return self.TotalProcessorTime.TotalSeconds;
    }
}
