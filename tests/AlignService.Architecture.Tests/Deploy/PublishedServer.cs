using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace AlignService.Architecture.Tests.Deploy;

/// <summary>A published server in a process of its own, on a port that the system chose.</summary>
internal sealed class PublishedServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private PublishedServer(Process process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    /// <param name="program">The published program.</param>
    /// <param name="arguments">As the image or compose gives them; only the port is replaced.</param>
    public static async Task<PublishedServer> StartAsync(PublishedProgram program, IEnumerable<string> arguments)
    {
        IEnumerable<string> laid = program.Commands.Lay(arguments).Select(argument => argument == "http://*:5080" ? "http://127.0.0.1:0" : argument);
        ProcessStartInfo start = new(program.Commands.EntryPoint, [.. laid, "--json"]) { RedirectStandardOutput = true, WorkingDirectory = program.DataFolder };
        start.Environment.Remove("ALIGN_STORE");
        Process process = Process.Start(start)!;

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(StartLimit);
        string line = await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("The server ended without a word.");
        using JsonDocument started = JsonDocument.Parse(line);
        return started.RootElement.TryGetProperty("addresses", out JsonElement addresses)
            ? new PublishedServer(process, addresses[0].GetString()!)
            : throw new InvalidOperationException($"The server did not start: {line}");
    }

    /// <summary>Asks it to stop, as a container engine does.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
