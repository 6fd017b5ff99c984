using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>`align watch --json` of a job, read event by event.</summary>
internal sealed class WatchStream(Process process) : IDisposable
{
    private readonly List<JsonNode> _events = [];

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<JsonNode> Events => _events;

    public static WatchStream Open(RunningServer server, string job)
    {
        var process = server.Start("watch", job, "--json");
        process.ErrorDataReceived += (_, _) => { }; // drained, so that it never blocks
        process.BeginErrorReadLine();
        return new WatchStream(process);
    }

    /// <summary>The numbers of each training step, in the order of the events.</summary>
    public static IEnumerable<int> TrainedSteps(IEnumerable<JsonNode> events) =>
        events.Where(happened => happened["metrics"]?["values"]?["time/step"] is not null).Select(happened => (int)happened["step"]!);

    /// <summary>Reads until the metrics of a step have come.</summary>
    public async Task ReadToStepAsync(int step)
    {
        while (!TrainedSteps(_events).Contains(step))
        {
            Assert.True(await ReadAsync(), $"The stream ended before step {step}; it held steps {string.Join(", ", TrainedSteps(_events))}.");
        }
    }

    /// <summary>Reads until such an event has come.</summary>
    public async Task ReadToAsync(Func<JsonNode, bool> isIt)
    {
        while (!_events.Exists(happened => isIt(happened)))
        {
            Assert.True(await ReadAsync(), "The stream ended before that event.");
        }
    }

    /// <summary>Reads to the end of the job.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ReadToEndAsync()
    {
        while (await ReadAsync())
        {
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        if (line is not null)
        {
            _events.Add(JsonNode.Parse(line)!);
        }

        return line is not null;
    }
}
