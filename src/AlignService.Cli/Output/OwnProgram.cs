using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AlignService.Cli.Output;

/// <summary>This program, to start it again, or to end it whatever its threads do.</summary>
internal static class OwnProgram
{
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath!;
        string[] prefix = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "align.dll")] : [];
        return new ProcessStartInfo(program, [.. prefix, .. arguments]);
    }

    /// <summary>Ends the process without waiting for anything; nothing that is buffered is written.</summary>
    [DllImport("libc", EntryPoint = "_exit", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern void ExitAtOnce(int code);
}
