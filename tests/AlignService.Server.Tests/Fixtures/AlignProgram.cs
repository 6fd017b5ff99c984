using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using AlignService.Jobs.Supervision;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>The program `align`: what a server starts as its processes, and what users run.</summary>
internal static class AlignProgram
{
    public static string Path { get; } =
        typeof(AlignProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == nameof(AlignProgram)).Value!;

    /// <summary>For a server within these tests.</summary>
    public static WorkerProgram AsWorker { get; } = new() { FileName = Path };

    /// <summary>What `align sample --json` says.</summary>
    public static async Task<JsonNode> SampleAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Path, ["sample", .. arguments, "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? JsonNode.Parse(output)! : throw new InvalidOperationException($"align sample exits with {process.ExitCode}: {await error}");
    }
}
