using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;

namespace AlignService.Cli.Conversion.Weights;

/// <summary>Converts weights in a process of its own, which is this program again, to isolate what a damaged or hostile file may do.</summary>
internal static class WeightProcess
{
    /// <summary>The hidden command that the process runs.</summary>
    public const string Verb = "convert-weights";

    /// <summary>Limit of managed memory, for lists of tensors; the numbers themselves are unmanaged.</summary>
    private const string ManagedMemory = "0x40000000";

    public static async Task<ConvertedWeights> ConvertAsync(string source, string target, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = OwnProgram.With("model", Verb, source, target, "--json");
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.Environment["DOTNET_GCHeapHardLimit"] = ManagedMemory;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return Result(process.ExitCode, await output, await errors);
        }
        finally
        {
            process.Kill();
        }
    }

    private static ConvertedWeights Result(int exitCode, string output, string errors)
    {
        if (exitCode == (int)ExitCode.Ok)
        {
            return JsonSerializer.Deserialize<ConvertedWeights>(output)!;
        }

        string? message = exitCode == (int)ExitCode.BadInput ? (string?)JsonNode.Parse(output)?["error"]?["message"] : null;
        throw new CheckpointException(message ?? $"The process that reads the weights ended with exit code {exitCode}: the file is damaged, or memory ran out. Last line: {LastLine(errors)}");
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("none");
}
