using System.Diagnostics;
using System.Reflection;
using System.Text;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The program `align`, run as a user would.</summary>
internal static class AlignProgram
{
    /// <summary>Far beyond what any command of these tests takes; a hang fails instead of blocking the run.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static string Path { get; } =
        typeof(AlignProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == nameof(AlignProgram)).Value!;

    public static Task<ProgramResult> RunAsync(params string[] arguments) => RunAsync(new ProgramInput(), arguments);

    public static async Task<ProgramResult> RunAsync(ProgramInput input, params string[] arguments)
    {
        using var process = Start(input, arguments);
        await process.StandardInput.WriteAsync(input.Text);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"align {string.Join(' ', arguments)} has not ended after {Patience}.");
        }

        return new ProgramResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts the program with every stream redirected; the caller ends and disposes it.</summary>
    public static Process Start(ProgramInput input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = input.Folder ?? Directory.GetCurrentDirectory(),
        };
        start.Environment.Remove("ALIGN_SERVER");
        foreach (var (name, value) in input.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
