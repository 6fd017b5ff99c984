using System.Diagnostics;

namespace AlignService.Cli.Output;

/// <summary>This program, to start it again.</summary>
internal static class OwnProgram
{
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath!;
        string[] prefix = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "align.dll")] : [];
        return new ProcessStartInfo(program, [.. prefix, .. arguments]);
    }
}
