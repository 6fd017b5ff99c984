using System.Diagnostics;
using System.Text.Json;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests;

/// <summary>Runs one explicit test in a process of its own, which is this program again: for what the memory of other tests would blur.</summary>
internal static class OwnProcess
{
    private const string InputVariable = "ALIGN_TEST_INPUT";
    private const string ResultVariable = "ALIGN_TEST_RESULT";

    /// <typeparam name="TTest">Its test Measure is marked explicit; it calls <see cref="Answer"/>.</typeparam>
    /// <typeparam name="TInput">What the test is told.</typeparam>
    /// <typeparam name="TResult">What it answers.</typeparam>
    internal static async Task<TResult> RunAsync<TTest, TInput, TResult>(TInput input, CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        string result = Path.Combine(folder.Path, "result.json");
        ProcessStartInfo start = new(Environment.ProcessPath!, ["-method", $"{typeof(TTest).FullName}.Measure", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
            Environment = { [InputVariable] = JsonSerializer.Serialize(input), [ResultVariable] = result },
        };

        // Every block of some size comes from the system and goes back to it, so that what is taken is what is in use; and no arena reserves addresses that it does not use.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "65536";
        start.Environment["MALLOC_ARENA_MAX"] = "1";
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(File.Exists(result), output);
        return JsonSerializer.Deserialize<TResult>(await File.ReadAllTextAsync(result, cancellationToken))!;
    }

    /// <summary>In the other process: what it was told, and the way to answer.</summary>
    internal static void Answer<TInput, TResult>(Func<TInput, TResult> answer)
    {
        TInput input = JsonSerializer.Deserialize<TInput>(Environment.GetEnvironmentVariable(InputVariable)!)!;
        File.WriteAllText(Environment.GetEnvironmentVariable(ResultVariable)!, JsonSerializer.Serialize(answer(input)));
    }
}
