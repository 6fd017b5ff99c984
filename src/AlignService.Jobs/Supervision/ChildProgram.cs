using System.ComponentModel;
using System.Diagnostics;

namespace AlignService.Jobs.Supervision;

/// <summary>Starts this program as a child, with its standard streams as pipes.</summary>
internal static class ChildProgram
{
    private const string OnlyCudaDevice = "cuda:0";
    private const string OpenMpWaiting = "OMP_WAIT_POLICY";

    /// <param name="command">The program.</param>
    /// <param name="device">cpu or cuda:N; of CUDA devices the child sees this one alone.</param>
    /// <param name="arguments">Its arguments, given the device's name as it sees it.</param>
    /// <exception cref="WorkerLaunchException">It could not be started.</exception>
    public static Process Start(WorkerProgram command, string device, Func<string, IReadOnlyList<string>> arguments)
    {
        var start = new ProcessStartInfo(command.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string? onlyVisible = CudaVisibility.Only(device, start.Environment.TryGetValue(CudaVisibility.Variable, out string? visible) ? visible : null);
        foreach (string argument in (string[])[.. command.Arguments, .. arguments(onlyVisible is null ? device : OnlyCudaDevice)])
        {
            start.ArgumentList.Add(argument);
        }

        // libgomp's threads otherwise wait in loops, which stalls a machine that has other work.
        start.Environment.TryAdd(OpenMpWaiting, "PASSIVE");
        foreach ((string name, string value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        if (onlyVisible is not null)
        {
            start.Environment[CudaVisibility.Variable] = onlyVisible;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            throw new WorkerLaunchException($"the worker program {command.FileName} could not be started: {exception.Message}", exception);
        }
    }
}
